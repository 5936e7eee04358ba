/// Everything that is counted on streams, under each policy of a sweep.
public struct StreamCounts: Sendable {
    /// Root mean square of the speech over that of the noise, in dB; nil for streams as they are.
    public let signalToNoiseDB: Double?
    /// Under each policy: the model's own thresholds, then those of the grid.
    var spoken: [SpokenCounts]
    var alarmsInSpeech: [AlarmCounts]
    var alarmsInNoise: [AlarmCounts]

    init(signalToNoiseDB: Double?, labels: Int, policies: Int) {
        self.signalToNoiseDB = signalToNoiseDB
        spoken = Array(repeating: SpokenCounts(labels: labels), count: policies)
        alarmsInSpeech = Array(repeating: AlarmCounts(labels: labels), count: policies)
        alarmsInNoise = alarmsInSpeech
    }

    /// With the model's own thresholds.
    public var operatingWords: SpokenCounts { spoken[0] }
    public var operatingAlarmsInSpeech: AlarmCounts { alarmsInSpeech[0] }
    public var operatingAlarmsInNoise: AlarmCounts { alarmsInNoise[0] }
    /// In running speech and noise together.
    public var operatingAlarms: AlarmCounts { alarms(0) }

    /// Misses against false alarms of some words together.
    public func tradeoff(_ words: [Int]) -> Tradeoff {
        let points = spoken.indices.map { policy in
            let alarms = alarms(policy)
            return Tradeoff.Point(
                threshold: policy == 0 ? nil : ThresholdSweep.thresholds[policy - 1],
                misses: spoken[policy].misses(words), spoken: spoken[policy].total(\.spoken, words),
                alarms: alarms.total(words), hours: alarms.hours(words))
        }
        return Tradeoff(operatingPoint: points[0], points: Array(points.dropFirst()))
    }

    private func alarms(_ policy: Int) -> AlarmCounts {
        var sum = alarmsInSpeech[policy]
        sum += alarmsInNoise[policy]
        return sum
    }

    static func += (total: inout StreamCounts, part: StreamCounts) {
        for policy in total.spoken.indices {
            total.spoken[policy] += part.spoken[policy]
            total.alarmsInSpeech[policy] += part.alarmsInSpeech[policy]
            total.alarmsInNoise[policy] += part.alarmsInNoise[policy]
        }
    }
}
