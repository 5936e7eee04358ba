import Glibc
import Spotting

/// The policies under which the decision is run: one as it is, with the model's own thresholds, and that with each of a grid
/// of thresholds that hold for all words alike.
public struct ThresholdSweep: Sendable {
    /// From 0.3 to 0.999999, in steps that shrink with the distance to 1.
    public static let thresholds: [Double] = (0..<60).map { step in
        1 - 0.7 * pow(0.000_001 / 0.7, Double(step) / 59)
    }

    /// The operating point, then one policy for each of `thresholds`.
    let policies: [DecisionPolicy]

    /// - Parameter words: the words that are listened for; nil for all.
    init(_ policy: DecisionPolicy, words: Set<Int>? = nil) {
        var base = policy
        for word in base.words.indices where words?.contains(word) == false { base.words[word].enabled = false }
        policies =
            [base]
            + Self.thresholds.map { threshold in
                var policy = base
                let score = LogOdds.of(probability: threshold)
                for word in policy.words.indices { policy.words[word].thresholdScore = score }
                return policy
            }
    }
}
