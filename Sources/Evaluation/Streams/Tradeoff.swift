/// Misses against false alarms: a detection error tradeoff (DET) curve (Martin et al. 1997).
public struct Tradeoff: Sendable {
    /// Both errors at one threshold.
    public struct Point: Sendable {
        /// Nil for the thresholds of the model, one for each word.
        public let threshold: Double?
        public let misses: Int
        public let spoken: Int
        /// Different recordings among what was spoken. One that comes again is no new evidence: the interval of the
        /// misses is that of so many trials.
        public let recordings: Int
        public let alarms: Int
        public let hours: Double

        /// - Parameter recordings: nil if each was used once.
        package init(
            threshold: Double?, misses: Int, spoken: Int, recordings: Int? = nil, alarms: Int, hours: Double
        ) {
            (self.threshold, self.misses, self.spoken) = (threshold, misses, spoken)
            self.recordings = min(recordings ?? spoken, spoken)
            (self.alarms, self.hours) = (alarms, hours)
        }

        public var missRate: Double { spoken == 0 ? 0 : Double(misses) / Double(spoken) }
        public var missInterval: Interval { .wilson(missRate * Double(recordings), of: Double(recordings)) }
        /// False alarms an hour.
        public var alarmRate: Double { hours == 0 ? 0 : Double(alarms) / hours }
        public var alarmInterval: Interval { .poissonRate(events: alarms, exposure: hours) }
    }

    /// With the thresholds of the model.
    public let operatingPoint: Point
    /// With one threshold for all words, by rising threshold.
    public let points: [Point]

    package init(operatingPoint: Point, points: [Point]) {
        (self.operatingPoint, self.points) = (operatingPoint, points)
    }

    /// The point of the curve with the fewest misses among those with at most so many false alarms an hour; nil if there
    /// is none. Nothing is interpolated: the point is one that a listener can be set to.
    public func point(alarmRateAtMost rate: Double) -> Point? {
        points.filter { $0.alarmRate <= rate }.min { $0.missRate < $1.missRate }
    }
}
