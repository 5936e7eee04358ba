import Glibc
import Time

/// How often an hour other speech and noise reach a score, from the scores of a bank's windows: over a high one, what is left
/// falls exponentially (Pickands 1975, "Statistical inference using extreme order statistics", with shape 0), so that a few hours
/// tell of what comes once in many.
struct AlarmTail {
    /// The part of all windows that the tail is fitted to.
    private static let tailPart = 0.003
    /// So many windows on end reach a score together: they are one alarm.
    private static let windowsPerAlarm = 6.0

    private let start: Double
    private let mean: Double
    private let windowsPerHour: Double

    /// - Parameters:
    ///   - scores: of windows drawn at random.
    ///   - hopSamples: how often a stream has a window.
    init(_ scores: [Float], hopSamples: Int) {
        let sorted = scores.sorted(by: >)
        let count = max(2, Int(Double(sorted.count) * Self.tailPart))
        let first = Double(sorted[count])
        start = first
        mean = max(sorted[..<count].reduce(0) { $0 + Double($1) - first } / Double(count), 1e-6)
        windowsPerHour = 3600 * Double(SampleRate.perSecond) / Double(hopSamples)
    }

    private init(start: Double, mean: Double, windowsPerHour: Double) {
        (self.start, self.mean, self.windowsPerHour) = (start, mean, windowsPerHour)
    }

    /// Of scores that are all so much lower.
    func lower(by score: Float) -> AlarmTail {
        AlarmTail(start: start - Double(score), mean: mean, windowsPerHour: windowsPerHour)
    }

    /// Alarms an hour at a threshold; right for rare ones.
    func alarmsPerHour(at threshold: Float) -> Double {
        Self.tailPart * exp(-(Double(threshold) - start) / mean) * windowsPerHour / Self.windowsPerAlarm
    }

    /// The threshold at which there are so many.
    func threshold(alarmsPerHour rate: Double) -> Float {
        Float(start + mean * log(Self.tailPart * windowsPerHour / Self.windowsPerAlarm / max(rate, 1e-6)))
    }
}
