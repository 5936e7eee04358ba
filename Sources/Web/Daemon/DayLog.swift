import Protocol

/// What happened in the last day: words that were heard, nearly heard or held back, states, and gaps; and level, processor
/// and memory over time. In memory alone, and bounded: a storm of one kind pushes out nothing of another.
struct DayLog: Sendable {
    /// Something that happened, as the stream of events tells it.
    struct Entry: Sendable {
        let timestamp: Timestamp
        let line: JSONLine
    }

    /// What is bounded by itself.
    enum Kind: CaseIterable { case word, nearWord, state, gap, shadow }

    /// From when on all is known; words may be known from before, from the daemon's own memory.
    private let knownSince = Timestamp.now()
    private var entries: [Kind: [Entry]] = [:]
    private var lastState: (state: String, reason: String)?

    private var level = Trace(seconds: 1, most: 600) { $1 }
    private var peak = Trace(seconds: 1, most: 600, combine: max)
    private var clipped = Trace(seconds: 1, most: 600, combine: +)
    private var lowest = Trace(seconds: 60, most: 1440, combine: min)
    private var highest = Trace(seconds: 60, most: 1440, combine: max)
    private var processor = Trace(seconds: 60, most: 1440) { $1 }
    private var memory = Trace(seconds: 60, most: 1440) { $1 }
    /// How many samples were cut off, as the last report has it.
    private var clippedSoFar: UInt64?
    /// The first report of the minute.
    private var firstOfMinute: (minute: Int64, report: MetricsReport)?

    private static let mostOfAKind = 2048
    private static let dayMilliseconds: Int64 = 86_400_000

    mutating func add(_ kind: Kind, at timestamp: Timestamp, _ line: JSONLine) {
        entries[kind, default: []].append(Entry(timestamp: timestamp, line: line))
        if entries[kind, default: []].count > Self.mostOfAKind { entries[kind]?.removeFirst() }
    }

    /// Takes a state if it is another one than before, or has another reason.
    mutating func add(state: String, reason: String, since timestamp: Timestamp) {
        guard lastState.map({ $0 != (state, reason) }) ?? true else { return }
        lastState = (state, reason)
        var line = JSONLine(type: StatusMessage.type)
        line.add("state", state)
        line.add("reason", reason)
        line.add("timestamp", timestamp)
        add(.state, at: timestamp, line)
    }

    /// Takes level and peak of the last second; nil where there is no audio.
    mutating func add(levelDBFS: Double?, peakDBFS: Double?) {
        let now = Timestamp.now()
        peak.add(peakDBFS, at: now)
        level.add(levelDBFS, at: now)
        lowest.add(levelDBFS, at: now)
        highest.add(levelDBFS, at: now)
    }

    /// Takes what the daemon has spent.
    mutating func add(_ report: MetricsReport) {
        let now = Timestamp.now()
        // A daemon that was started anew counts from 0.
        if let before = clippedSoFar, report.clippedSamples >= before {
            clipped.add(Double(report.clippedSamples - before), at: now)
        }
        clippedSoFar = report.clippedSamples
        memory.add(Double(report.residentBytes) / 1_048_576, at: now)
        let minute = now.millisecondsSince1970 / 60_000
        // A daemon that was started anew has spent less.
        if firstOfMinute.map({ $0.minute != minute || $0.report.uptimeSeconds > report.uptimeSeconds }) ?? true {
            firstOfMinute = (minute, report)
        }
        guard let first = firstOfMinute?.report, report.uptimeSeconds > first.uptimeSeconds else { return }
        let spent = (report.cpuSeconds - first.cpuSeconds) / (report.uptimeSeconds - first.uptimeSeconds)
        processor.add(100 * spent, at: now)
    }

    /// Everything of the last day, oldest first.
    var history: JSONLine {
        let now = Timestamp.now()
        let oldest = Timestamp(millisecondsSince1970: now.millisecondsSince1970 - Self.dayMilliseconds)
        let recent = entries.flatMap { kind, all in
            // The state that was so when the day began is part of it.
            let first = all.firstIndex { $0.timestamp >= oldest } ?? all.count
            return all[(kind == .state ? max(0, first - 1) : first)...]
        }
        var line = JSONLine()
        line.add("now", now)
        line.add("known_since", max(knownSince, oldest))
        line.add("entries", recent.sorted { $0.timestamp < $1.timestamp }.map(\.line))
        return line
    }

    /// Level, processor and memory until now.
    var traces: JSONLine {
        let now = Timestamp.now()
        var line = JSONLine()
        line.add("now", now)
        for (name, trace, decimals) in [
            ("level_dbfs", level, 1), ("peak_dbfs", peak, 1), ("clipped_samples", clipped, 0),
            ("lowest_level_dbfs", lowest, 1), ("highest_level_dbfs", highest, 1),
            ("processor_percent", processor, 2), ("memory_mb", memory, 1),
        ] {
            var entry = JSONLine()
            entry.add("seconds", trace.seconds)
            // What JSON writes as null.
            entry.add("values", trace.values(until: now).map { $0?.rounded(decimals: decimals) ?? .nan })
            line.add(name, entry)
        }
        return line
    }
}
