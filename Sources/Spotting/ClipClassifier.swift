import Features
import Models

/// One answer for one short recording. A model of two networks asks both.
///
/// The clip is set among silence and the window slides over it as over a stream. The posteriors of the windows that hold
/// the whole clip are averaged, of at most the five around the middle. A clip longer than the window is answered by the
/// window that is surest of a word, or, if none holds one, by the average of all.
public final class ClipClassifier {
    /// The answer.
    public struct Result: Sendable {
        /// A word, `_unknown_` or `_silence_`.
        public let label: String
        /// Its calibrated posterior, 0 to 1.
        public let confidence: Float
        /// All labels with their posteriors, the likeliest first.
        public let ranking: [(label: String, confidence: Float)]
    }

    /// The longest clip that has one answer, in seconds.
    public static let maximumSeconds = 60
    /// Hops between the first and the last window over a short clip, as in training's own measurements.
    private static let mostHops = 4

    private let model: Model
    private let features: MFCC
    private let readers: [WindowReader]
    /// Of the network that hears longest.
    private let windowSamples: Int

    /// - Parameter asksSecond: whether the model's second network takes part, if it has one.
    public init(_ model: Model, asksSecond: Bool = true) {
        self.model = model
        features = MFCC(model.description.frontEnd)
        readers = [model.network, asksSecond ? model.second : nil].compactMap { $0.map { WindowReader($0) } }
        windowSamples = readers.map(\.description.windowSamples).max() ?? 0
    }

    /// - Parameter samples: mono, 16,000 a second, -1 to 1, at least one and at most `maximumSeconds`.
    public func classify(_ samples: [Float]) -> Result {
        precondition(!samples.isEmpty && samples.count <= Self.maximumSeconds * model.description.frontEnd.sampleRate)
        let (before, after) = silenceAround(samples.count)
        let frames = frames(of: zeros(before) + samples + zeros(after))
        let heard = readers.map { posteriors(of: frames, by: $0) }
        // A network with a shorter window has more of them: the last of both end together.
        let count = heard.map(\.count).min() ?? 0
        let windows = heard.count == 1 ? heard[0] : zip(heard[0].suffix(count), heard[1].suffix(count)).map(together)
        return result(samples.count > windowSamples ? pick(windows) : mean(windows))
    }

    /// The normalised geometric mean of two networks' posteriors: the mean of their log-probabilities. Source: Hinton 2002,
    /// "Training products of experts". Of what neither leaves more than zero, something is left to each.
    private func together(_ first: [Float], _ second: [Float]) -> [Float] {
        let least = Float.leastNormalMagnitude
        let product = zip(first, second).map { max($0, least).squareRoot() * max($1, least).squareRoot() }
        let sum = product.reduce(0, +)
        return product.map { $0 / sum }
    }

    /// How many zeros to set before and after a clip of so many samples; after a long one, what completes its last window.
    private func silenceAround(_ count: Int) -> (before: Int, after: Int) {
        let hop = model.description.hopSamples
        let slack = windowSamples - count
        guard slack >= 0 else { return (0, (hop + slack % hop) % hop) }
        let zeros = slack + min(slack / hop, Self.mostHops) * hop
        return (zeros / 2, zeros - zeros / 2)
    }

    /// Of a recording from its beginning: `[frames][coefficients]`, the same for every network of the model.
    private func frames(of samples: [Float]) -> [Float] {
        var frames: [Float] = []
        features.reset()
        samples.withUnsafeBufferPointer { samples in
            features.process(samples) { coefficients, _ in
                frames += UnsafeBufferPointer(start: coefficients, count: model.description.frontEnd.coefficients)
            }
        }
        return frames
    }

    /// The posteriors of each window of these frames: `[windows][words]`.
    private func posteriors(of frames: [Float], by reader: WindowReader) -> [[Float]] {
        var windows: [[Float]] = []
        reader.begin()
        frames.withUnsafeBufferPointer { reader.read($0) { windows.append(Array($0)) } }
        return windows
    }

    private func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }

    private func mean(_ windows: [[Float]]) -> [Float] {
        model.description.words.indices.map { word in
            windows.reduce(0) { $0 + $1[word] } / Float(windows.count)
        }
    }

    /// The window with the highest posterior of a word that is the likeliest label there.
    private func pick(_ windows: [[Float]]) -> [Float] {
        let keywords = Set(model.description.keywords)
        let best = windows.max { score($0, keywords) < score($1, keywords) }
        return best.flatMap { score($0, keywords) > 0 ? $0 : nil } ?? mean(windows)
    }

    private func score(_ posteriors: [Float], _ keywords: Set<String>) -> Float {
        let highest = posteriors.indices.max { posteriors[$0] < posteriors[$1] } ?? 0
        return keywords.contains(model.description.words[highest]) ? posteriors[highest] : 0
    }

    private func result(_ posteriors: [Float]) -> Result {
        let ranking = zip(model.description.words, posteriors).map { (label: $0, confidence: $1) }
            .sorted { $0.confidence > $1.confidence }
        return Result(label: ranking[0].label, confidence: ranking[0].confidence, ranking: ranking)
    }
}
