import Evaluation
import Time

/// How often words that were taught were heard: in recordings, by who says what, and in running speech.
public struct OwnWordCounts: Sendable {
    /// What is said in a recording.
    public enum Said: String, Sendable {
        /// The word, by somebody who taught it, as recorded and in noise.
        case sameSpeaker = "same_speaker"
        case sameSpeakerInNoise = "same_speaker_in_noise"
        /// The word, by others.
        case others
        case othersInNoise = "others_in_noise"
        /// Another word, by somebody who taught this one, and by others.
        case otherWordOfSameSpeaker = "same_speakers_word"
        case otherWordOfOthers = "others_word"
    }

    /// Recordings in which a word was listened for.
    public struct Trials: Sendable {
        public private(set) var heard = 0
        public private(set) var total = 0
        /// One recording is heard for every teaching of its word, and as another word for every other.
        private var recordings: Set<Int> = []

        public var missed: Int { total - heard }
        /// How many different recordings they are.
        public var recordingCount: Int { recordings.count }

        mutating func add(_ recording: Int, isHeard: Bool) {
            heard += isHeard ? 1 : 0
            total += 1
            recordings.insert(recording)
        }

        static func += (total: inout Trials, part: Trials) {
            total.heard += part.heard
            total.total += part.total
            total.recordings.formUnion(part.recordings)
        }

        /// Of a part of the trials: as of so many different recordings, for those of one are not independent.
        public func interval(_ count: Int) -> Interval {
            let part = total > 0 ? Double(count) / Double(total) : 0
            return .wilson(part * Double(recordingCount), of: Double(recordingCount))
        }
    }

    private var trials: [Said: Trials] = [:]
    public private(set) var alarms = 0
    /// Samples of running speech in which the word is not said.
    private var samples = 0

    public init() {}

    public subscript(said: Said) -> Trials { trials[said, default: Trials()] }

    /// How long was listened for false alarms, over all words.
    public var hours: Double { SampleRate.seconds(samples) / 3600 }
    public var alarmInterval: Interval { .poissonRate(events: alarms, exposure: hours) }

    mutating func add(_ recording: Int, _ said: Said, isHeard: Bool) {
        trials[said, default: Trials()].add(recording, isHeard: isHeard)
    }

    mutating func add(alarms: Int, samples: Int) {
        self.alarms += alarms
        self.samples += samples
    }

    public static func += (total: inout OwnWordCounts, part: OwnWordCounts) {
        for (said, trials) in part.trials { total.trials[said, default: Trials()] += trials }
        total.add(alarms: part.alarms, samples: part.samples)
    }
}
