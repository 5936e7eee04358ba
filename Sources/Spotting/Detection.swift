import Time

/// A keyword that was heard. Plain numbers, so that it can cross from the listening thread through a ring.
///
/// Samples are counted from the start of the stream, at 16,000 a second, lost ones included.
public struct Detection: BitwiseCopyable, Sendable, Equatable {
    /// What became of a word that was heard.
    public enum Outcome: UInt8, BitwiseCopyable, Sendable {
        /// It is an event.
        case keyword
        /// It led every other label, and stayed under its threshold.
        case nearMiss
        /// It is not listened for.
        case disabled
        /// None of the words that it must follow was heard shortly before.
        case notAfter
        /// It was heard a moment ago, and counts once.
        case refractory
        /// Another word was heard a moment ago, with a higher score.
        case outscored
        /// The first network reports it, and the second one does not agree.
        case doubted
    }

    /// Whether it is an event, or why not.
    public var outcome: Outcome
    /// Index into `ModelDescription.words`.
    public var word: Int32
    /// The word's score at its highest, in log-odds: of its calibrated and smoothed posterior, or of both networks.
    public var score: Float
    /// The score that it had to reach.
    public var thresholdScore: Float
    /// What each network said; nil where the first one decided alone.
    public var looks: Looks?
    /// Where the word begins and ends; where the decision fell before its end, that is its end.
    public var startSample: UInt64
    public var endSample: UInt64
    /// The end of the window with which the decision fell.
    public var decisionSample: UInt64
    /// Root mean square level of the word in dB relative to full scale.
    public var levelDBFS: Float
    /// What features and network took for the last hop, in seconds.
    public var processingSeconds: Float

    package init(
        outcome: Outcome, word: Int32, score: Float, thresholdScore: Float, looks: Looks? = nil, startSample: UInt64,
        endSample: UInt64, decisionSample: UInt64, levelDBFS: Float, processingSeconds: Float
    ) {
        self.outcome = outcome
        self.word = word
        self.score = score
        self.thresholdScore = thresholdScore
        self.looks = looks
        self.startSample = startSample
        self.endSample = endSample
        self.decisionSample = decisionSample
        self.levelDBFS = levelDBFS
        self.processingSeconds = processingSeconds
    }

    /// The score as a probability, 0 to 1.
    public var confidence: Float { LogOdds.probability(score) }
    /// The threshold as a probability, 0 to 1.
    public var threshold: Float { LogOdds.probability(thresholdScore) }

    /// From the end of the word to the decision, in milliseconds.
    public var latencyMilliseconds: Double {
        // The end is an estimate, which a sound after the word can carry past the decision.
        decisionSample > endSample ? SampleRate.milliseconds(decisionSample - endSample) : 0
    }
}
