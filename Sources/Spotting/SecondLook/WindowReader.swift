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
        let frames = [Float](repeating: 0, count: description.window.frames * description.frontEnd.coefficients)
        begin(windows: 1)
        frames.withUnsafeBufferPointer { read($0) { _, _ in } }
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

    /// The same, with the scores of the words that were taught, in log-odds, and of the corrections behind them, valid during the
    /// call, too.
    func read(
        _ frames: UnsafeBufferPointer<Float>,
        _ body: (_ posteriors: UnsafeBufferPointer<Float>, _ scores: UnsafeBufferPointer<Float>) -> Void
    ) {
        read(frames) { posteriors in
            body(posteriors, heads?.score(stream.embedding) ?? UnsafeBufferPointer(start: nil, count: 0))
        }
    }

    /// Sums over no window.
    var emptySums: Sums {
        Sums(words: description.words.count, taught: taughtCount, corrections: correctionCount)
    }
}

extension WindowReader {
    /// Summed over windows: the probabilities of each of the network's words and of each word that was taught, and the scores of
    /// the corrections.
    struct Sums {
        private(set) var windows = 0
        private var words: [Float]
        private var taught: [(spoken: Float, rest: Float)]
        private(set) var corrections: [Float]

        fileprivate init(words: Int, taught: Int, corrections: Int) {
            self.corrections = Array(repeating: 0, count: corrections)
            self.words = Array(repeating: 0, count: words)
            self.taught = Array(repeating: (0, 0), count: taught)
        }

        mutating func clear() {
            windows = 0
            for word in words.indices { words[word] = 0 }
            for word in taught.indices { taught[word] = (0, 0) }
            for index in corrections.indices { corrections[index] = 0 }
        }

        mutating func add(_ posteriors: UnsafeBufferPointer<Float>, _ scores: UnsafeBufferPointer<Float>) {
            windows += 1
            for (word, posterior) in posteriors.enumerated() { words[word] += posterior }
            guard !scores.isEmpty else { return }
            for word in taught.indices {
                taught[word].spoken += LogOdds.probability(scores[word])
                taught[word].rest += LogOdds.probability(-scores[word])
            }
            for index in corrections.indices { corrections[index] += scores[taught.count + index] }
        }

        /// Of a label, in log-odds: of its mean over the windows.
        func score(of label: Int) -> Float {
            guard label < words.count else {
                let sum = taught[label - words.count]
                return LogOdds.of(sum.spoken, against: sum.rest)
            }
            var others: Float = 0
            for other in words.indices where other != label { others += words[other] }
            return LogOdds.of(words[label], against: others)
        }
    }
}
