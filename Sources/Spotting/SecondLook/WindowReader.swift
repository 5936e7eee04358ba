import Inference
import Models

/// A network that is asked about some windows and keeps nothing of them. One thread; no allocation after `init`.
final class WindowReader {
    let description: ModelDescription
    private let stream: NetworkStream
    private let posteriors: Posteriors
    private let heads: WordHeads?
    /// How many words were taught, and corrections.
    private let taughtCount: Int
    private let correctionCount: Int

    /// Hops that are computed together.
    private static let hopsAtOnce = 4

    /// - Parameters:
    ///   - taught: the words that are asked about beside the network's.
    ///   - corrections: of this network's embedding.
    init(_ network: Network, taught: [OwnWord] = [], corrections: [Correction] = [], path: ComputePath = .best) {
        description = network.description
        (taughtCount, correctionCount) = (taught.count, corrections.count)
        let size = description.ownWords?.size ?? 0
        // What has no head here is never asked about.
        heads = WordHeads(
            taught.map { $0.second.map { ($0.head.weights, $0.head.bias) } ?? (Array(repeating: 0, count: size), 0) }
                + corrections.map { ($0.head.weights, $0.head.bias) },
            on: network, path: path)
        stream = NetworkStream(network, maximumFrames: Self.hopsAtOnce * description.window.hopFrames, path: path)
        posteriors = Posteriors(description)
        // What a first run would cost more, it costs here.
        var sums = emptySums
        let frames = [Float](repeating: 0, count: description.window.frames * description.frontEnd.coefficients)
        begin(windows: 1)
        frames.withUnsafeBufferPointer { read($0, addingTo: &sums) }
    }

    /// What is read from here on are the frames of so many windows, or of as many as they are.
    func begin(windows: Int = .max) { stream.reset(windows: windows) }

    /// Reads the next frames, `[count][coefficients]`, and calls `body` with the posteriors of each window that they complete,
    /// `[words]`, valid during the call.
    func read(_ frames: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        guard let base = frames.baseAddress else { return }
        stream.process(base, count: frames.count / description.frontEnd.coefficients) { logits in
            posteriors.update(logits)
            body(posteriors.values)
        }
    }

    /// Sums over no window: of each of the network's words, then of each word that was taught its probability and that of
    /// everything else, then the scores of the corrections.
    var emptySums: [Float] {
        Array(repeating: 0, count: description.words.count + 2 * taughtCount + correctionCount)
    }

    /// Where a correction's sum is.
    func place(ofCorrection index: Int) -> Int { description.words.count + 2 * taughtCount + index }

    /// Reads the next frames, and adds the posteriors of the windows that they complete to `sums`.
    func read(_ frames: UnsafeBufferPointer<Float>, addingTo sums: inout [Float]) {
        read(frames) { posteriors in
            for (word, posterior) in posteriors.enumerated() { sums[word] += posterior }
            guard let scores = heads?.score(stream.embedding) else { return }
            for word in 0..<taughtCount {
                sums[posteriors.count + 2 * word] += LogOdds.probability(scores[word])
                sums[posteriors.count + 2 * word + 1] += LogOdds.probability(-scores[word])
            }
            for index in 0..<correctionCount { sums[place(ofCorrection: index)] += scores[taughtCount + index] }
        }
    }
}
