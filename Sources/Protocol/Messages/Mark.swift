/// What somebody said about what was heard: a file beside its recording, an entry in the answer to `marks`, and, as a message,
/// the answer to `mark` and `missed`.
public struct Mark: SocketMessage, Equatable {
    public static let type = "mark"

    public enum Kind: String, Sendable, Codable {
        /// The word was said, and heard.
        case right
        /// It was heard, and nobody had said it.
        case wrong
        /// It was said, and not heard.
        case missed
    }

    /// Its name: that of its files.
    public var name: String
    public var kind: Kind
    public var keyword: String
    /// The event that was judged; nil for a word that was missed.
    public var event: UInt64?
    /// When it was said or heard.
    public var timestamp: Timestamp
    /// What the score came to, and what it had to reach, in log-odds.
    public var score: Double
    public var thresholdScore: Double
    public var model: String
    public var modelVersion: String
    /// Whether its sound is kept.
    public var hasAudio: Bool

    public init(
        name: String, kind: Kind, keyword: String, event: UInt64?, timestamp: Timestamp, score: Double,
        thresholdScore: Double, model: String, modelVersion: String, hasAudio: Bool
    ) {
        (self.name, self.kind, self.keyword, self.event, self.timestamp) = (name, kind, keyword, event, timestamp)
        (self.score, self.thresholdScore) = (score, thresholdScore)
        (self.model, self.modelVersion, self.hasAudio) = (model, modelVersion, hasAudio)
    }

    enum CodingKeys: String, CodingKey {
        case kind, keyword, event, timestamp, score, model
        case name = "mark"
        case thresholdScore = "threshold_score"
        case modelVersion = "model_version"
        case hasAudio = "audio"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.name, name)
        line.add(CodingKeys.kind, kind.rawValue)
        line.add(CodingKeys.keyword, keyword)
        line.add(CodingKeys.event, event)
        line.add(CodingKeys.timestamp, timestamp)
        line.add(CodingKeys.score, score.rounded(decimals: 2))
        line.add(CodingKeys.thresholdScore, thresholdScore.rounded(decimals: 2))
        line.add(CodingKeys.model, model)
        line.add(CodingKeys.modelVersion, modelVersion)
        line.add(CodingKeys.hasAudio, hasAudio)
    }
}

/// The answer to `marks` and `forget_marks`: what is kept then, the newest last.
public struct MarksAnswer: SocketMessage, Equatable {
    public static let type = "marks"

    public var marks: [Mark]
    /// Whether the sound of what is marked is kept, from now on.
    public var keepsSound: Bool

    public init(marks: [Mark], keepsSound: Bool) { (self.marks, self.keepsSound) = (marks, keepsSound) }

    private enum CodingKeys: String, CodingKey {
        case marks
        case keepsSound = "keep"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(
            CodingKeys.marks,
            marks.map { mark in
                var entry = JSONLine()
                mark.addFields(to: &entry)
                return entry
            })
        line.add(CodingKeys.keepsSound, keepsSound)
    }
}
