import Models

// Thresholds from a budget of false alarms, and what is to be expected of thresholds.

extension ModelDescription {
    /// What each wake word may take of a budget for all of them: even shares.
    func share(of budget: Double) -> Double { budget / Double(max(shippedWakeWords.count, 1)) }

    /// Those that the budget is for: a word that was taught has its own.
    private var shippedWakeWords: [String] { wakeWords.filter(words.contains) }

    /// The curve of a word, where both networks decide or the first alone; nil if it was not measured.
    func curve(of word: String, fused: Bool) -> DetectionCurve? {
        fused ? detection?.fused?[word] : detection?.first[word]
    }

    /// The threshold of a word, in log-odds: of a wake word with a curve the one for its share of the budget, else the model's.
    func thresholdScore(of word: String, _ fused: Bool, _ budget: Double?) -> Float {
        if let budget, shippedWakeWords.contains(word), let curve = curve(of: word, fused: fused) {
            return Float(curve.point(falseAlarmsPerHour: share(of: budget)).logOdds)
        }
        let own = fused ? thresholds[word] : thresholdsFirst?[word] ?? thresholds[word]
        return own.map(LogOdds.of(probability:)) ?? .infinity
    }

    /// The wake words whose share of a budget lies beyond what was measured, so that their threshold is the nearest that was,
    /// and those without a curve, whose threshold stays the model's.
    package func unmetShares(of budget: Double, asksSecond: Bool) -> (beyond: [String], unmeasured: [String]) {
        let curves = shippedWakeWords.map { word in
            let isFused = asksSecond && SecondOpinion(of: self, on: word) != nil
            return (word: word, curve: curve(of: word, fused: isFused))
        }
        let share = share(of: budget)
        return (
            curves.filter { $0.curve.map { !$0.measured.contains(share) } ?? false }.map(\.word),
            curves.filter { $0.curve == nil }.map(\.word)
        )
    }
}

/// What is to be expected of the wake words that are listened for, as far as the model was measured.
public struct Expectation: Sendable, Equatable {
    /// Over all of them together.
    public let falseAlarmsPerHour: Double
    /// The part of them that is missed, 0 to 1: the mean over the words.
    public let missed: Double
}

extension DecisionPolicy {
    /// Nil if no wake word is enabled, or if one of them has no curve.
    public func expectation(for description: ModelDescription) -> Expectation? {
        var points: [DetectionCurve.Point] = []
        for (word, policy) in zip(description.words, words) where policy.enabled && description.wakeWords.contains(word)
        {
            guard let curve = description.curve(of: word, fused: policy.second != nil) else { return nil }
            points.append(curve.point(logOdds: Double(policy.thresholdScore)))
        }
        guard !points.isEmpty else { return nil }
        return Expectation(
            falseAlarmsPerHour: points.reduce(0) { $0 + $1.falseAlarmsPerHour },
            missed: points.reduce(0) { $0 + $1.missed } / Double(points.count))
    }
}
