import Glibc

/// A confidence interval of 95 %.
public struct Interval: Sendable, Equatable {
    public let lower: Double
    public let upper: Double

    package init(lower: Double, upper: Double) { (self.lower, self.upper) = (lower, upper) }

    /// Of a part, by Wilson's score (1927): it holds for small numbers too, and never leaves 0 to 1.
    ///
    /// - Parameters:
    ///   - count: how many of `total`; need not be whole where several trials are made with each of `total` recordings.
    public static func wilson(_ count: Double, of total: Double) -> Interval {
        guard total > 0 else { return Interval(lower: 0, upper: 1) }
        let z = 1.959963984540054
        let part = count / total
        let centre = part + z * z / (2 * total)
        let spread = z * (part * (1 - part) / total + z * z / (4 * total * total)).squareRoot()
        let scale = 1 + z * z / total
        return Interval(lower: max(0, (centre - spread) / scale), upper: min(1, (centre + spread) / scale))
    }

    /// Of the rate of a Poisson process, exact (Garwood 1936).
    ///
    /// - Parameters:
    ///   - events: how often it happened.
    ///   - exposure: in how long a time; the rate is for one unit of it.
    public static func poissonRate(events: Int, exposure: Double) -> Interval {
        guard exposure > 0 else { return Interval(lower: 0, upper: .infinity) }
        // The smallest mean with which so many or more have a probability of 2.5 %, and the largest with which so few do.
        let lower = events == 0 ? 0 : mean { 1 - cumulative(events - 1, mean: $0) < 0.025 }
        let upper = mean { cumulative(events, mean: $0) > 0.025 }
        return Interval(lower: lower / exposure, upper: upper / exposure)

        func mean(isBelow: (Double) -> Bool) -> Double {
            var (low, high) = (0.0, 2 * Double(events) + 20)
            for _ in 0..<100 {
                let middle = (low + high) / 2
                if isBelow(middle) { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
    }

    /// The probability of at most so many events of a Poisson distribution.
    private static func cumulative(_ events: Int, mean: Double) -> Double {
        guard mean > 0 else { return 1 }
        return (0...events).reduce(0) { $0 + exp(Double($1) * log(mean) - mean - lgamma(Double($1) + 1)) }
    }
}

extension [Double] {
    /// The value below which this part (0 to 1) lies, by the nearest rank; nil where there is none.
    public func percentile(_ part: Double) -> Double? {
        isEmpty ? nil : sorted()[Swift.min(count - 1, Swift.max(0, Int((part * Double(count)).rounded(.up)) - 1))]
    }
}
