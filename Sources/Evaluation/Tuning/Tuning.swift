import Audio
import Models
import Spotting

/// Thresholds for a user's own voice and rooms, fitted to a budget of false alarms, and what to expect of them.
///
/// What is expected is measured by cross-validation: fitted on one half of the recordings and counted on the other, both
/// ways. The thresholds themselves are fitted on all.
public struct Tuning: Sendable {
    /// One word that was recorded.
    public struct Word: Sendable {
        public let name: String
        public let threshold: Double
        /// The model's own.
        public let modelThreshold: Double
        public let expected: Tradeoff.Point
    }

    /// The words that were recorded, in the model's order.
    public let words: [Word]
    /// All of them together.
    public let expected: Tradeoff.Point
    /// Recordings that could not be used.
    public let failures: [AudioError]
    /// Length of the recordings in which no word is said.
    public let hours: Double

    /// Below 0.5 a posterior is no more than a guess, and an hour or a few say nothing about what is rarer than the last.
    private static let range = 0.5...0.999_999
    private static let candidates = ThresholdSweep.thresholds.indices.filter {
        range.contains(ThresholdSweep.thresholds[$0])
    }

    /// - Parameters:
    ///   - rate: false alarms an hour over all words together.
    ///   - progress: gets how much is done, 0 to 1.
    public init(of corpus: Corpus, falseAlarmsPerHour rate: Double, model: Model, progress: (Double) -> Void) async {
        var halves: [StreamCounts] = []
        var failures: [AudioError] = []
        let policy = DecisionPolicy(model.description)
        for (index, half) in corpus.halves().enumerated() {
            let evaluation = await StreamEvaluation(
                of: half, signalToNoiseDBs: [], noise: NoiseSource([]), wakeWords: [], model: model,
                policy: policy
            ) { progress((Double(index) + $0) / 2) }
            halves.append(evaluation.conditions[0])
            failures += evaluation.failures
        }
        let labels = model.description.words
        let recorded = labels.indices.filter { word in halves.contains { $0.spoken[0].spoken[word] > 0 } }
        let final = Self.fit(recorded, on: halves, rate)
        let crossed = [Self.fit(recorded, on: [halves[0]], rate), Self.fit(recorded, on: [halves[1]], rate)]
        let points = recorded.indices.map { index in
            Self.sum(halves.indices.map { Self.point(recorded[index], at: crossed[1 - $0][index], in: halves[$0]) })
        }
        words = recorded.indices.map { index in
            let name = labels[recorded[index]]
            return Word(
                name: name, threshold: ThresholdSweep.thresholds[final[index]],
                modelThreshold: Double(policy.words[recorded[index]].threshold), expected: points[index])
        }
        hours = halves.reduce(0) { $0 + $1.alarmsInNoise[0].hours(recorded) }
        let all = Self.sum(points)
        expected = Tradeoff.Point(
            threshold: nil, misses: all.misses, spoken: all.spoken, alarms: all.alarms, hours: hours)
        self.failures = failures
    }

    /// For each word, the position of its threshold in the sweep.
    private static func fit(_ words: [Int], on parts: [StreamCounts], _ rate: Double) -> [Int] {
        let hours = parts.reduce(0) { $0 + $1.alarmsInNoise[0].hours(words) }
        let curves = words.map { word in
            let points = candidates.map { position in sum(parts.map { point(word, at: position, in: $0) }) }
            return ThresholdFit.Curve(
                misses: points.map(\.misses), spoken: points[0].spoken, alarms: points.map(\.alarms))
        }
        return ThresholdFit(curves, alarmsAllowed: Int(rate * hours)).positions.map { candidates[$0] }
    }

    private static func point(_ word: Int, at position: Int, in counts: StreamCounts) -> Tradeoff.Point {
        // The first policy of a sweep is the operating point.
        let spoken = counts.spoken[position + 1]
        let alarms = counts.alarmsInNoise[position + 1]
        return Tradeoff.Point(
            threshold: ThresholdSweep.thresholds[position], misses: spoken.misses([word]), spoken: spoken.spoken[word],
            alarms: alarms.alarms[word], hours: alarms.hours([word]))
    }

    private static func sum(_ points: [Tradeoff.Point]) -> Tradeoff.Point {
        Tradeoff.Point(
            threshold: nil, misses: points.reduce(0) { $0 + $1.misses }, spoken: points.reduce(0) { $0 + $1.spoken },
            alarms: points.reduce(0) { $0 + $1.alarms }, hours: points.reduce(0) { $0 + $1.hours })
    }
}
