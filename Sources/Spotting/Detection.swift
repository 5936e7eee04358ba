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
    }

    /// Whether it is an event, or why not.
    public var outcome: Outcome
    /// Index into `ModelDescription.words`.
    public var word: Int32
    /// The word's posterior, calibrated and smoothed, at its highest: 0 to 1.
    public var confidence: Float
    /// The threshold that it had to reach.
    public var threshold: Float
    /// Where the word begins and ends.
    public var startSample: UInt64
    public var endSample: UInt64
    /// The end of the window with which the decision fell.
    public var decisionSample: UInt64
    /// Root mean square level of the word in dB relative to full scale.
    public var levelDBFS: Float
    /// What features and network took for the last hop, in seconds.
    public var processingSeconds: Float

    package init(
        outcome: Outcome, word: Int32, confidence: Float, threshold: Float, startSample: UInt64, endSample: UInt64,
        decisionSample: UInt64, levelDBFS: Float, processingSeconds: Float
    ) {
        self.outcome = outcome
        self.word = word
        self.confidence = confidence
        self.threshold = threshold
        self.startSample = startSample
        self.endSample = endSample
        self.decisionSample = decisionSample
        self.levelDBFS = levelDBFS
        self.processingSeconds = processingSeconds
    }

    /// From the end of the word to the decision, in milliseconds.
    public var latencyMilliseconds: Double {
        // The end is an estimate, which a sound after the word can carry past the decision.
        decisionSample > endSample ? Double(decisionSample - endSample) / 16 : 0
    }
}
