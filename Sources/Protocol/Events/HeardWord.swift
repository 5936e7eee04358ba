/// A word that was heard, whatever came of it: what keywords, near misses and suppressed words have in common.
public struct HeardWord: Sendable, Equatable, Decodable {
    /// The word, as the model names it.
    public var keyword: String
    /// The smoothed, calibrated posterior, or that of both networks together, 0 to 1.
    public var confidence: Double
    /// What the confidence had to exceed, 0 to 1.
    public var threshold: Double
    /// When the word ended, by the machine's clock.
    public var timestamp: Timestamp
    /// Where it began and ended, in 16 kHz samples since the daemon started to listen.
    public var startSample: UInt64
    public var endSample: UInt64
    /// Level of the word in dBFS, at least -120.
    public var levelDBFS: Double
    /// Confidence and threshold in log-odds; nil from a daemon from before there were any.
    public var scores: WordScores?

    public init(
        keyword: String, confidence: Double, threshold: Double, timestamp: Timestamp, startSample: UInt64,
        endSample: UInt64, levelDBFS: Double, scores: WordScores? = nil
    ) {
        self.keyword = keyword
        self.confidence = confidence
        self.threshold = threshold
        self.timestamp = timestamp
        self.startSample = startSample
        self.endSample = endSample
        self.levelDBFS = levelDBFS
        self.scores = scores
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            keyword: try fields.decode(String.self, forKey: .keyword),
            confidence: try fields.decode(Double.self, forKey: .confidence),
            threshold: try fields.decode(Double.self, forKey: .threshold),
            timestamp: try fields.decode(Timestamp.self, forKey: .timestamp),
            startSample: try fields.decode(UInt64.self, forKey: .startSample),
            endSample: try fields.decode(UInt64.self, forKey: .endSample),
            levelDBFS: try fields.decode(Double.self, forKey: .levelDBFS), scores: try WordScores.read(from: decoder))
    }

    enum CodingKeys: String, CodingKey {
        case keyword, confidence, threshold, timestamp
        case startSample = "start_sample"
        case endSample = "end_sample"
        case levelDBFS = "level_dbfs"
    }

    /// Adds all fields, and others after those that say what was heard, and where.
    func addFields(
        to line: inout JSONLine, afterWord: (inout JSONLine) -> Void = { _ in },
        afterPlace: (inout JSONLine) -> Void = { _ in }
    ) {
        line.add(CodingKeys.keyword, keyword)
        line.add(CodingKeys.confidence, confidence.probability)
        line.add(CodingKeys.threshold, threshold.probability)
        scores?.addFields(to: &line)
        afterWord(&line)
        line.add(CodingKeys.timestamp, timestamp)
        line.add(CodingKeys.startSample, startSample)
        line.add(CodingKeys.endSample, endSample)
        afterPlace(&line)
        line.add(CodingKeys.levelDBFS, boundedLevel(levelDBFS))
    }
}

/// A word led every other one and stayed under its threshold.
public struct NearMissEvent: SocketMessage, Equatable {
    public static let type = "near_miss"

    public var word: HeardWord

    public init(_ word: HeardWord) { self.word = word }

    public init(from decoder: any Decoder) throws { word = try HeardWord(from: decoder) }

    public func addFields(to line: inout JSONLine) { word.addFields(to: &line) }
}

/// A word was over its threshold, and a policy kept it from being an event; or the second network doubted it.
public struct SuppressedEvent: SocketMessage, Equatable {
    public static let type = "suppressed"

    public var word: HeardWord
    /// `disabled`, `not_after`, `refractory`, `outscored` or `doubted`.
    public var cause: String

    public init(_ word: HeardWord, cause: String) {
        self.word = word
        self.cause = cause
    }

    private enum CodingKeys: String, CodingKey { case cause }

    public init(from decoder: any Decoder) throws {
        word = try HeardWord(from: decoder)
        cause = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .cause)
    }

    public func addFields(to line: inout JSONLine) {
        word.addFields(to: &line)
        line.add(CodingKeys.cause, cause)
    }
}
