import Glibc

/// What the threshold of one word gains and costs, as it was measured on recordings that training never saw: from point to
/// point the threshold rises, false alarms fall and misses rise.
public struct DetectionCurve: Decodable, Sendable {
    /// One threshold, and what comes of it. In JSON a list of three numbers.
    public struct Point: Decodable, Sendable, Equatable {
        public let falseAlarmsPerHour: Double
        /// The threshold.
        public let logOdds: Double
        /// The part of the spoken words that stays under it, 0 to 1.
        public let missed: Double

        init(falseAlarmsPerHour: Double, logOdds: Double, missed: Double) {
            (self.falseAlarmsPerHour, self.logOdds, self.missed) = (falseAlarmsPerHour, logOdds, missed)
        }

        public init(from decoder: any Decoder) throws {
            var numbers = try decoder.unkeyedContainer()
            falseAlarmsPerHour = try numbers.decode(Double.self)
            logOdds = try numbers.decode(Double.self)
            missed = try numbers.decode(Double.self)
        }
    }

    /// At least one.
    public let points: [Point]

    /// The rates of false alarms that were measured.
    public var measured: ClosedRange<Double> {
        points[points.count - 1].falseAlarmsPerHour...points[0].falseAlarmsPerHour
    }

    /// The lowest threshold with at most so many false alarms an hour; beyond the curve's ends, its end.
    ///
    /// Between two points the threshold is linear in the logarithm of the rate. Where the next point had no alarm at all,
    /// nothing lies between: it is that point.
    public func point(falseAlarmsPerHour rate: Double) -> Point {
        guard let index = points.firstIndex(where: { $0.falseAlarmsPerHour <= rate }) else {
            return points[points.count - 1]
        }
        let upper = points[index]
        guard index > 0, upper.falseAlarmsPerHour > 0 else { return upper }
        let lower = points[index - 1]
        let part =
            log(lower.falseAlarmsPerHour / rate) / log(lower.falseAlarmsPerHour / upper.falseAlarmsPerHour)
        return lower.towards(upper, part)
    }

    /// What comes of a threshold; beyond the curve's ends, what comes of its end.
    public func point(logOdds: Double) -> Point {
        guard let index = points.firstIndex(where: { $0.logOdds >= logOdds }) else { return points[points.count - 1] }
        guard index > 0 else { return points[0] }
        let (lower, upper) = (points[index - 1], points[index])
        return lower.towards(upper, (logOdds - lower.logOdds) / (upper.logOdds - lower.logOdds))
    }

    func check(_ name: String) throws(ModelError) {
        try require(1...1000, points.count, "\(name): count of points")
        for point in points {
            guard point.falseAlarmsPerHour >= 0, point.falseAlarmsPerHour <= 1e6, abs(point.logOdds) <= 100,
                (0...1).contains(point.missed)
            else {
                throw .damaged("\(name): a point is [false alarms an hour, log-odds within 100, missed from 0 to 1]")
            }
        }
        for (before, after) in zip(points, points.dropFirst()) {
            guard after.falseAlarmsPerHour <= before.falseAlarmsPerHour, after.logOdds >= before.logOdds,
                after.missed >= before.missed
            else { throw .damaged("\(name): from point to point alarms must fall, log-odds and missed must rise") }
        }
    }
}

extension DetectionCurve.Point {
    /// Some part, 0 to 1, of the way to the next point.
    fileprivate func towards(_ next: Self, _ part: Double) -> Self {
        func between(_ from: Double, _ to: Double) -> Double { from + part * (to - from) }
        // Where the next point had no alarm, it is not known how many lie between: as many as before it.
        let rate =
            next.falseAlarmsPerHour > 0
            ? exp(between(log(falseAlarmsPerHour), log(next.falseAlarmsPerHour)))
            : part < 1 ? falseAlarmsPerHour : next.falseAlarmsPerHour
        return Self(
            falseAlarmsPerHour: rate, logOdds: between(logOdds, next.logOdds), missed: between(missed, next.missed))
    }
}

extension ModelDescription {
    /// The curves of all words that were measured.
    public struct DetectionCurves: Decodable, Sendable {
        /// Over how many hops scores were averaged when they were measured, and are to be averaged; nil for 4.
        public let smoothingHops: Int?
        /// The budget that the model's thresholds were chosen for, over all wake words together.
        public let falseAlarmsPerHour: Double
        /// Of the first network's score alone.
        public let first: [String: DetectionCurve]
        /// Of the fused score of both networks; nil without a second one.
        public let fused: [String: DetectionCurve]?
        /// For each word, what the second network's score counts in the fused one, 0 to 1; the first one's counts the rest.
        public let secondWeight: [String: Double]?

        func check(words: [String]) throws(ModelError) {
            guard smoothingHops.map((1...25).contains) ?? true else {
                throw .damaged("detection.smoothing_hops must be from 1 to 25")
            }
            guard falseAlarmsPerHour > 0, falseAlarmsPerHour <= 1000 else {
                throw .damaged("detection.false_alarms_per_hour must be above 0 and at most 1000")
            }
            for (name, curves) in [("first", first), ("fused", fused ?? [:])] {
                for (word, curve) in curves {
                    guard words.contains(word) else {
                        throw .damaged("detection.\(name) has \(word), which is no word")
                    }
                    try curve.check("detection.\(name).\(word)")
                }
            }
            let weights = secondWeight ?? [:]
            guard Set(weights.keys).isSubset(of: words), weights.values.allSatisfy((0...1).contains) else {
                throw .damaged("detection.second_weight must hold numbers from 0 to 1, for words of the model only")
            }
        }
    }
}
