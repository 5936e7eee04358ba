import Inference

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

    /// - Parameter silence: a frame of features of digital silence.
    package init(_ network: Network, silence: [Float], path: ComputePath = .best) {
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
        let part = min(count, capacity - next)
        (frames + next * coefficients).update(from: new, count: part * coefficients)
        frames.update(from: new + part * coefficients, count: (count - part) * coefficients)
        next = (next + count) % capacity
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
