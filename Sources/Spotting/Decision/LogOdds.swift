import Glibc

/// Scores: the logarithm of how much likelier a word is than everything else. Where a probability is nothing but nines,
/// scores still differ: 0.9999 is 9.2, 0.99995 is 9.9. Never infinite, for a probability from 0 to 1.
public enum LogOdds {
    /// What nothing scores less than.
    static let lowest: Float = -88

    /// Of a probability and that of everything else: exact near 1 too, if `rest` is summed from the others.
    static func of(_ probability: Float, against rest: Float) -> Float {
        logf(max(probability, .leastNormalMagnitude)) - logf(max(rest, .leastNormalMagnitude))
    }

    /// Of a probability, 0 to 1.
    public static func of(probability: Double) -> Float {
        let least = Double(Float.leastNormalMagnitude)
        return Float(log(max(probability, least)) - log(max(1 - probability, least)))
    }

    /// The probability that has such a score, 0 to 1.
    public static func probability(_ score: Float) -> Float { 1 / (1 + expf(-score)) }
}
