import Audio
import Enrolment
import Evaluation
import Models
import Protocol
import Spotting

/// What `attune evaluate --own` found, for people and for programs.
struct OwnWordReport {
    let evaluation: OwnWordEvaluation
    let words: SpokenWords
    let measurement: OwnWordMeasurement
    let model: Model
    /// Nil if no running speech was given.
    let background: Corpus?
    let noise: NoiseSource
    let failures: [AudioError]

    /// What is missed, and what is taken for the word, in the order of the tables.
    private static let missed: [(said: OwnWordCounts.Said, name: String)] = [
        (.sameSpeaker, "by the same speaker"), (.sameSpeakerInNoise, "by the same speaker, noise at \(ratio) dB"),
        (.others, "by others"), (.othersInNoise, "by others, noise at \(ratio) dB"),
    ]
    private static let accepted: [(said: OwnWordCounts.Said, name: String)] = [
        (.otherWordOfSameSpeaker, "by the same speaker"), (.otherWordOfOthers, "by others"),
    ]
    private static let ratio = decibelText(OwnWordEvaluation.signalToNoiseDB)

    var hasTaught: Bool { !taught.isEmpty }

    private var taught: [TaughtWord] { evaluation.taught.filter { $0.refusal == nil } }

    /// How often each reason was one, the most frequent first.
    private static func counted(_ reasons: [String]) -> [(reason: String, count: Int)] {
        Dictionary(grouping: reasons) { $0 }.map { ($0.key, $0.value.count) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }

    private var refusals: [(reason: String, count: Int)] {
        Self.counted(evaluation.taught.compactMap(\.refusal).map { ($0 as? EnrolmentError)?.kind ?? "\($0)" })
    }

    private var leftOut: [(reason: String, count: Int)] {
        Self.counted(evaluation.taught.flatMap(\.leftOut).map(\.problem.kind))
    }

    private var byWord: [(word: String, counts: OwnWordCounts)] {
        Dictionary(grouping: taught, by: \.word).map { word, teachings in
            (word, teachings.reduce(into: OwnWordCounts()) { $0 += $1.counts })
        }.sorted { $0.word < $1.word }
    }

    private var processorSeconds: [Double] { taught.map(\.processorSeconds) }

    private var notes: [String] {
        if let background { return background.caveats(noise: noise) }
        return ["without --speech no false alarms are counted"]
            + (noise.isWhite ? ["there is no recording of noise: the noise is white"] : [])
    }
}

// For people.
extension OwnWordReport {
    var text: String {
        ([setting] + (hasTaught ? [summaryTable, alarmLine, wordTable, cost] : []) + [reasons] + [
            notes.map { "note: \($0)" }.joined(separator: "\n")
        ]).filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var setting: String {
        let speakers = Set(words.recordings.map(\.speaker)).count
        let by = measurement.speakers == 1 ? "one speaker" : "\(measurement.speakers) speakers"
        return """
            \(words.recordings.count) recordings of \(Set(words.recordings.map(\.word)).count) words by \(speakers) speakers, \
            \(model.description.name) \(model.description.version)
            \(measurement.takes) takes by \(by), \(evaluation.taught.count) times: \(taught.count) taught, \
            \(evaluation.taught.count - taught.count) refused
            """
    }

    private var summaryTable: String {
        let total = evaluation.total
        var table = Table(["", "", "of", "", "95 %", "recordings"])
        func add(_ title: String, _ trials: OwnWordCounts.Trials, _ count: Int) {
            guard trials.total > 0 else { return }
            table.add([
                title, "\(count)", "\(trials.total)", (Double(count) / Double(trials.total)).percent,
                trials.interval(count).percentText, "\(trials.recordingCount)",
            ])
        }
        for row in Self.missed { add("missed, said \(row.name)", total[row.said], total[row.said].missed) }
        for row in Self.accepted {
            add("another word taken for it, said \(row.name)", total[row.said], total[row.said].heard)
        }
        return table.text
    }

    private var alarmLine: String {
        let total = evaluation.total
        guard total.hours > 0 else { return "" }
        return "false alarms an hour of running speech: \((Double(total.alarms) / total.hours).formatted(2)) a word "
            + "(95 %: \(total.alarmInterval.lower.formatted(2))-\(total.alarmInterval.upper.formatted(2))), "
            + "\(total.alarms) in \((total.hours / Double(taught.count)).formatted(2)) h by \(taught.count) words"
    }

    private var wordTable: String {
        let noisy = "\(Self.ratio) dB"
        var table = Table(["word", "missed", noisy, "others", noisy, "taken", "others'", "alarms an hour"])
        for (word, counts) in byWord {
            func part(_ said: OwnWordCounts.Said, _ count: KeyPath<OwnWordCounts.Trials, Int>) -> String {
                let trials = counts[said]
                return trials.total == 0 ? "-" : (Double(trials[keyPath: count]) / Double(trials.total)).percent
            }
            table.add(
                [word] + Self.missed.map { part($0.said, \.missed) } + Self.accepted.map { part($0.said, \.heard) }
                    + [counts.hours > 0 ? (Double(counts.alarms) / counts.hours).formatted(2) : "-"])
        }
        return table.text
    }

    private var cost: String {
        "teaching a word took \((processorSeconds.percentile(0.5) ?? 0).formatted(1)) s of processor time in the median, "
            + "\((processorSeconds.max() ?? 0).formatted(1)) s at most"
    }

    private var reasons: String {
        func line(_ title: String, _ reasons: [(reason: String, count: Int)]) -> [String] {
            reasons.isEmpty ? [] : ["\(title): \(reasons.map { "\($0.reason) (\($0.count))" }.joined(separator: ", "))"]
        }
        return (line("words refused", refusals) + line("recordings that did not serve as takes", leftOut))
            .joined(separator: "\n")
    }
}

// For programs.
extension OwnWordReport {
    var json: JSONLine {
        var line = JSONLine()
        line.add("evaluation", "own words")
        line.add("model", model.description.name)
        line.add("model_version", model.description.version)
        line.add("recordings", words.recordings.count)
        line.add("speakers", Set(words.recordings.map(\.speaker)).count)
        line.add("takes", measurement.takes)
        line.add("speakers_together", measurement.speakers)
        line.add("teachings", evaluation.taught.count)
        line.add("taught", taught.count)
        line.add("refused", Self.json(refusals))
        line.add("takes_left_out", Self.json(leftOut))
        line.add("processor_seconds", processorSeconds.percentile(0.5)?.rounded(decimals: 2))
        line.add("processor_seconds_at_most", processorSeconds.max()?.rounded(decimals: 2))
        line.add("snr_db", OwnWordEvaluation.signalToNoiseDB)
        line.add("noise", noise.isWhite ? "white" : "recorded")
        Self.add(evaluation.total, to: &line)
        var words = JSONLine()
        for (word, counts) in byWord {
            var line = JSONLine()
            Self.add(counts, to: &line)
            words.add(word, line)
        }
        line.add("words", words)
        line.add("lessons", evaluation.taught.map(Self.json))
        line.add("notes", notes)
        line.add("failed", Set(failures.map { "\($0)" }).count)
        return line
    }

    /// What another recogniser needs to be measured on the same.
    private static func json(_ taught: TaughtWord) -> JSONLine {
        var line = JSONLine()
        line.add("word", taught.word)
        line.add("speakers", taught.speakers)
        line.add("takes", taught.takes)
        line.add("left_out", taught.leftOut.map(\.recording))
        line.add("refused", taught.refusal.map { "\($0)" })
        return line
    }

    private static func json(_ reasons: [(reason: String, count: Int)]) -> JSONLine {
        var line = JSONLine()
        for (reason, count) in reasons { line.add(reason, count) }
        return line
    }

    private static func add(_ counts: OwnWordCounts, to line: inout JSONLine) {
        func object(
            _ rows: [(said: OwnWordCounts.Said, name: String)], _ count: KeyPath<OwnWordCounts.Trials, Int>
        ) -> JSONLine {
            var object = JSONLine()
            for (said, _) in rows where counts[said].total > 0 {
                let trials = counts[said]
                var line = JSONLine()
                line.add("count", trials[keyPath: count])
                line.add("of", trials.total)
                line.add("recordings", trials.recordingCount)
                line.add("rate", (Double(trials[keyPath: count]) / Double(trials.total)).rounded(decimals: 4))
                line.add("interval", trials.interval(trials[keyPath: count]).json)
                object.add(said.rawValue, line)
            }
            return object
        }
        line.add("missed", object(missed, \.missed))
        line.add("accepted", object(accepted, \.heard))
        guard counts.hours > 0 else { return }
        line.add("false_alarms", counts.alarms)
        line.add("hours", counts.hours.rounded(decimals: 4))
        line.add("false_alarms_per_hour", (Double(counts.alarms) / counts.hours).rounded(decimals: 4))
        line.add("false_alarms_interval", counts.alarmInterval.json)
    }
}

extension EnrolmentError {
    /// The reason without what differs from one word to another.
    fileprivate var kind: String {
        switch self {
        case .noEmbedding, .noBank: "the model cannot learn words"
        case .tooFewTakes: "too few takes serve"
        case .tooManyTakes: "too many takes"
        case .takesUnlikeEachOther: "its takes are unlike each other"
        case .insideKnownWord: "it is heard as a word that is known"
        case .unlikeKnownWord: "it is not the word of the model that it is called"
        case .notTellable: "it cannot be told from other speech"
        }
    }
}

extension TakeProblem {
    /// The same.
    fileprivate var kind: String {
        switch self {
        case .damaged: "damaged"
        case .silent: "silent"
        case .nothingStandsOut: "nothing stands out"
        case .tooQuiet: "too quiet"
        case .clipped: "overdriven"
        case .severalWords: "several words"
        case .tooShort: "too short"
        case .tooLong: "too long"
        case .cutOff: "cut off"
        case .sameAs: "the same recording as another"
        case .unlikeOthers: "unlike the others"
        case .knownWord: "heard as a word that is known"
        }
    }
}
