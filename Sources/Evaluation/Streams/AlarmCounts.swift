import Time

/// False alarms and how long was listened for them: each array has one number for each label of the model.
public struct AlarmCounts: Sendable {
    public private(set) var alarms: [Int]
    /// Samples of the recordings in which the word is certainly not said.
    public private(set) var samples: [Int]

    package init(labels: Int) {
        alarms = Array(repeating: 0, count: labels)
        samples = alarms
    }

    /// Counts the events of one recording.
    ///
    /// - Parameters:
    ///   - samples: its length.
    ///   - excused: for each label, whether the recording may say it: then neither its alarms nor its length count.
    package mutating func add(_ events: [CountedWord], samples count: Int, excused: [Bool]) {
        for label in excused.indices where !excused[label] { samples[label] += count }
        for event in events where !excused[event.word] { alarms[event.word] += 1 }
    }

    package static func += (total: inout AlarmCounts, part: AlarmCounts) {
        for label in total.alarms.indices {
            total.alarms[label] += part.alarms[label]
            total.samples[label] += part.samples[label]
        }
    }

    public func total(_ words: [Int]) -> Int { words.reduce(0) { $0 + alarms[$1] } }

    /// How long was listened for the word that was excused least.
    public var longestHours: Double { SampleRate.seconds(samples.max() ?? 0) / 3600 }

    /// How long was listened for these words: the mean over them, since what one transcript holds another does not.
    public func hours(_ words: [Int]) -> Double {
        words.isEmpty ? 0 : SampleRate.seconds(words.reduce(0) { $0 + samples[$1] }) / Double(words.count) / 3600
    }
}

extension Corpus.Background {
    /// For each label of a model, whether the recording says it or may say it: what the transcript holds, and, in running
    /// speech without one, every word that is not a wake word.
    package func excused(labels: [String], wakeWords: Set<String>) -> [Bool] {
        labels.map { label in
            guard let speech else { return false }
            return speech.isUnknown ? !wakeWords.contains(label) : speech.contains(label)
        }
    }
}
