import Features
import Inference

/// One answer for one short recording.
///
/// The clip is set among silence, the window slides over it as over a stream, and the posteriors of all windows that hold
/// the whole clip are averaged. A clip longer than the window is answered by the window that is surest of a word, or, if
/// none holds one, by the average of all.
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

    private let model: Model
    private let features: MFCC
    private let stream: NetworkStream
    private let posteriors: Posteriors

    public init(_ model: Model) {
        self.model = model
        let network = model.network
        features = MFCC(model.description.frontEnd, mean: network.featureMean, scale: network.featureScale)
        stream = NetworkStream(network, maximumFrames: model.description.window.hopFrames)
        posteriors = Posteriors(model.description)
    }

    /// - Parameter samples: mono, 16,000 a second, -1 to 1, at least one and at most `maximumSeconds`.
    public func classify(_ samples: [Float]) -> Result {
        precondition(!samples.isEmpty && samples.count <= Self.maximumSeconds * model.description.frontEnd.sampleRate)
        let surplus = samples.count - model.description.windowSamples
        let hop = model.description.hopSamples
        let before = [Float](repeating: 0, count: max(-surplus, 0))
        // After a longer clip, so much that the last window holds its end.
        let after = surplus > 0 ? [Float](repeating: 0, count: (hop - surplus % hop) % hop) : before
        var windows: [[Float]] = []
        features.reset()
        stream.reset()
        (before + samples + after).withUnsafeBufferPointer { padded in
            features.process(padded) { coefficients, _ in
                stream.process(coefficients, count: 1) { logits in
                    posteriors.update(logits)
                    windows.append(Array(posteriors.values))
                }
            }
        }
        return result(surplus > 0 ? pick(windows) : mean(windows))
    }

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
