import Spotting

/// Everything that is counted on streams, under each policy of a sweep.
public struct StreamCounts: Sendable {
    /// Root mean square of the speech over that of the noise, in dB; nil for streams as they are.
    public let signalToNoiseDB: Double?
    /// Under each policy: the model's own thresholds, then those of the grid.
    var spoken: [SpokenCounts]
    var alarmsInSpeech: [AlarmCounts]
    var alarmsInNoise: [AlarmCounts]
    /// With the model's own thresholds, by where the recordings are from; the longest first.
    public private(set) var sources: [SourceCounts] = []
    /// The worst of each word, with the model's own thresholds: events and what nearly was one, the surest first.
    private var worst: [[FalseAlarm]]

    /// How many of the worst are kept.
    private static let worstCount = 20

    init(signalToNoiseDB: Double?, labels: Int, policies: Int) {
        self.signalToNoiseDB = signalToNoiseDB
        spoken = Array(repeating: SpokenCounts(labels: labels), count: policies)
        alarmsInSpeech = Array(repeating: AlarmCounts(labels: labels), count: policies)
        alarmsInNoise = alarmsInSpeech
        worst = Array(repeating: [], count: labels)
    }

    /// The worst twenty of some words together, the surest first.
    public func worst(of words: [Int]) -> [FalseAlarm] { Self.worst(words.flatMap { worst[$0] }) }

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

    /// Counts what was heard in one recording with the model's own thresholds.
    ///
    /// - Parameters:
    ///   - words: events and what nearly was one.
    ///   - excused: for each label, whether the recording may say it.
    mutating func add(
        _ words: [CountedWord], in background: Corpus.Background, samples: Int, excused: [Bool]
    ) {
        var counts = AlarmCounts(labels: excused.count)
        counts.add(words.filter { $0.outcome == .keyword }, samples: samples, excused: excused)
        add(SourceCounts(background, counts))
        for word in words where !excused[word.word] { keepWorst([FalseAlarm(word, in: background)], of: word.word) }
    }

    private mutating func add(_ part: SourceCounts) {
        if let index = sources.firstIndex(where: { $0.source == part.source && $0.isSpeech == part.isSpeech }) {
            sources[index] += part
        } else {
            sources.append(part)
        }
        sources.sort { ($1.alarms.longestHours, $0.source) < ($0.alarms.longestHours, $1.source) }
    }

    private mutating func keepWorst(_ more: [FalseAlarm], of word: Int) { worst[word] = Self.worst(worst[word] + more) }

    private static func worst(_ alarms: [FalseAlarm]) -> [FalseAlarm] {
        let order = alarms.sorted {
            ($1.excess, $0.recording.path, $0.seconds) < ($0.excess, $1.recording.path, $1.seconds)
        }
        return Array(order.prefix(worstCount))
    }

    static func += (total: inout StreamCounts, part: StreamCounts) {
        for policy in total.spoken.indices {
            total.spoken[policy] += part.spoken[policy]
            total.alarmsInSpeech[policy] += part.alarmsInSpeech[policy]
            total.alarmsInNoise[policy] += part.alarmsInNoise[policy]
        }
        part.sources.forEach { total.add($0) }
        for word in part.worst.indices { total.keepWorst(part.worst[word], of: word) }
    }
}
