import Inference
import Models

/// The second network, and the last frames of the stream for it to look at when it is asked.
///
/// One thread; no allocation after `init`.
package final class SecondLook {
    /// How often the network ran.
    package private(set) var count: UInt64 = 0

    private let stream: NetworkStream
    private let posteriors: Posteriors
    private let window: ModelDescription.Window
    private let coefficients: Int
    /// What takes a frame from the first network's mean and scale to those of this one: for each coefficient a factor, and
    /// what is added then.
    private let factors: [Float]
    private let offsets: [Float]
    /// A ring of frames, the oldest overwritten: `[capacity][coefficients]`.
    private let frames: UnsafeMutablePointer<Float>
    private let capacity: Int
    private var next = 0
    /// The sum of the posteriors of the windows last looked at.
    private var sums: [Float]
    /// Over how many windows `sums` goes; 0 once frames have come since.
    private var summedWindows = 0

    /// More windows are never averaged.
    private static let mostWindows = 32
    /// Hops that are computed together.
    private static let hopsAtOnce = 4

    /// - Parameters:
    ///   - first: the network whose features `append` gets; nil if they are this one's own.
    ///   - silence: a frame of those features of digital silence.
    package init(_ network: Network, of first: Network? = nil, silence: [Float], path: ComputePath = .best) {
        let first = first ?? network
        // (coefficient - mean) * scale of the one as that of the other.
        factors = zip(network.featureScale, first.featureScale).map { $0 == $1 ? 1 : $0 / $1 }
        offsets = zip(zip(first.featureMean, network.featureMean), network.featureScale).map { means, scale in
            (means.0 - means.1) * scale
        }
        let description = network.description
        window = description.window
        coefficients = description.frontEnd.coefficients
        stream = NetworkStream(network, maximumFrames: Self.hopsAtOnce * window.hopFrames, path: path)
        posteriors = Posteriors(description)
        sums = Array(repeating: 0, count: description.words.count)
        capacity = window.frames + (Self.mostWindows - 1) * window.hopFrames
        frames = .allocate(capacity: capacity * coefficients)
        frames.initialize(repeating: 0, count: capacity * coefficients)
        reset(silence: silence)
        // What a first run would cost more, it costs here.
        look(windows: 1)
        (count, summedWindows) = (0, 0)
    }

    deinit { frames.deallocate() }

    /// Forgets the stream, as if only silence had come.
    package func reset(silence: [Float]) {
        silence.withUnsafeBufferPointer { for _ in 0..<capacity { append($0.baseAddress!, count: 1) } }
    }

    /// Takes the next frames, at most `capacity`: `[count][coefficients]`.
    package func append(_ new: UnsafePointer<Float>, count: Int) {
        for frame in 0..<count {
            let (source, target) = (new + frame * coefficients, frames + next * coefficients)
            for index in 0..<coefficients { target[index] = source[index] * factors[index] + offsets[index] }
            next = (next + 1) % capacity
        }
        summedWindows = 0
    }

    /// The score of a word in log-odds, its posterior averaged over the last windows. Runs the network, but for the second
    /// question about the same windows.
    package func score(of word: Int, windows: Int) -> Float {
        if summedWindows != windows { look(windows: windows) }
        var others: Float = 0
        for other in sums.indices where other != word { others += sums[other] }
        return LogOdds.of(sums[word], against: others)
    }

    private func look(windows: Int) {
        precondition(windows <= Self.mostWindows, "more windows are averaged than there are frames for")
        count += 1
        summedWindows = windows
        for word in sums.indices { sums[word] = 0 }
        stream.reset(windows: windows)
        let wanted = window.frames + (windows - 1) * window.hopFrames
        let first = (next + capacity - wanted) % capacity
        let part = min(wanted, capacity - first)
        run(from: first, count: part)
        run(from: 0, count: wanted - part)
    }

    private func run(from first: Int, count: Int) {
        stream.process(frames + first * coefficients, count: count) { logits in
            posteriors.update(logits)
            for word in sums.indices { sums[word] += posteriors.values[word] }
        }
    }
}
