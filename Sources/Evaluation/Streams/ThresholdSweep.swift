import Glibc
import Inference
import Spotting

/// The policies under which the decision is run: the model's own thresholds, and a grid of thresholds that hold for all
/// words alike.
public struct ThresholdSweep: Sendable {
    /// From 0.3 to 0.999, in steps that shrink with the distance to 1.
    public static let thresholds: [Double] = (0..<40).map { step in
        1 - 0.7 * pow(0.001 / 0.7, Double(step) / 39)
    }

    /// The operating point, then one policy for each of `thresholds`.
    let policies: [DecisionPolicy]

    /// - Parameter words: the words that are listened for; nil for all.
    init(_ description: ModelDescription, words: Set<Int>? = nil) {
        var base = DecisionPolicy(description)
        for word in base.words.indices where words?.contains(word) == false { base.words[word].enabled = false }
        policies =
            [base]
            + Self.thresholds.map { threshold in
                var policy = base
                for word in policy.words.indices { policy.words[word].threshold = Float(threshold) }
                return policy
            }
    }
}
