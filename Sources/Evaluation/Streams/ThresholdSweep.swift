import Glibc
import Spotting

/// The policies under which the decision is run: one as it is, with the model's own thresholds, and that with each of a grid
/// of thresholds that hold for all words alike.
public struct ThresholdSweep: Sendable {
    /// As probabilities; even steps of log-odds, from 0.3 to where one false alarm in a hundred hours is left.
    public static let thresholds: [Double] = (0..<60).map { step in
        1 / (1 + exp(0.85 - 0.32 * Double(step)))
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
