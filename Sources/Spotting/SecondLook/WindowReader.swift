import Inference
import Models

/// A network that is asked about some windows and keeps nothing of them. One thread; no allocation after `init`.
final class WindowReader {
    let description: ModelDescription
    private let stream: NetworkStream
    private let posteriors: Posteriors

    /// Hops that are computed together.
    private static let hopsAtOnce = 4

    init(_ network: Network, path: ComputePath) {
        description = network.description
        stream = NetworkStream(network, maximumFrames: Self.hopsAtOnce * description.window.hopFrames, path: path)
        posteriors = Posteriors(description)
        // What a first run would cost more, it costs here.
        var sums = [Float](repeating: 0, count: description.words.count)
        let frames = [Float](repeating: 0, count: description.window.frames * description.frontEnd.coefficients)
        begin(windows: 1)
        frames.withUnsafeBufferPointer { read($0, addingTo: &sums) }
    }

    /// What is read from here on are the frames of so many windows.
    func begin(windows: Int) { stream.reset(windows: windows) }

    /// Reads the next frames, `[count][coefficients]`, and adds the posteriors of the windows that they complete to `sums`,
    /// `[words]`.
    func read(_ frames: UnsafeBufferPointer<Float>, addingTo sums: inout [Float]) {
        guard let base = frames.baseAddress else { return }
        stream.process(base, count: frames.count / description.frontEnd.coefficients) { logits in
            posteriors.update(logits)
            for word in sums.indices { sums[word] += posteriors.values[word] }
        }
    }
}
