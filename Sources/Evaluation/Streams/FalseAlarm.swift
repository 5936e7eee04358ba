import Spotting
import Time

/// A place in running speech or noise where a keyword was heard that nobody said, or nearly was.
public struct FalseAlarm: Sendable {
    /// Index into the model's words.
    public let word: Int
    public let recording: Corpus.Background
    /// Where in the recording the decision fell.
    public let seconds: Double
    /// In log-odds, and what it had to reach.
    public let score: Double
    public let threshold: Double
    /// Whether it is an event; else its score was too low, or the second network doubted it.
    public let isEvent: Bool

    /// How far the score is over what it had to reach; negative if it is under it.
    public var excess: Double { score - threshold }

    init(_ word: CountedWord, in background: Corpus.Background) {
        (self.word, recording) = (word.word, background)
        seconds = SampleRate.seconds(word.sample)
        (score, threshold) = (Double(word.score), Double(word.threshold))
        isEvent = word.outcome == .keyword
    }
}

/// What was heard in the recordings of one source, with the model's own thresholds.
public struct SourceCounts: Sendable {
    public let source: String
    public let isSpeech: Bool
    public private(set) var alarms: AlarmCounts

    static func += (total: inout SourceCounts, part: SourceCounts) { total.alarms += part.alarms }

    init(_ background: Corpus.Background, _ alarms: AlarmCounts) {
        (source, isSpeech, self.alarms) = (background.source, background.speech != nil, alarms)
    }
}
