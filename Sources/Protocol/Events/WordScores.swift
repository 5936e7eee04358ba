/// A word's scores in log-odds, which still differ where confidences are nothing but nines, and what each network said.
public struct WordScores: Sendable, Equatable, Decodable {
    /// The confidence and the threshold as log-odds.
    public var score: Double
    public var threshold: Double
    /// Where a second network was asked: what each said, 0 to 1; the confidence is that of both together.
    public var firstConfidence: Double?
    public var secondConfidence: Double?

    public init(score: Double, threshold: Double, firstConfidence: Double? = nil, secondConfidence: Double? = nil) {
        self.score = score
        self.threshold = threshold
        self.firstConfidence = firstConfidence
        self.secondConfidence = secondConfidence
    }

    enum CodingKeys: String, CodingKey {
        case score
        case threshold = "threshold_score"
        case firstConfidence = "first_confidence"
        case secondConfidence = "second_confidence"
    }

    /// The scores in the fields of an event; nil in those of a daemon, or a journal, from before there were any.
    static func read(from decoder: any Decoder) throws -> WordScores? {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        return fields.contains(.score) ? try WordScores(from: decoder) : nil
    }

    /// Adds them to a line, which may not have them yet.
    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.score, score.rounded(decimals: 2))
        line.add(CodingKeys.threshold, threshold.rounded(decimals: 2))
        line.add(CodingKeys.firstConfidence, firstConfidence?.probability)
        line.add(CodingKeys.secondConfidence, secondConfidence?.probability)
    }
}

extension Double {
    /// A probability to six decimals: 0.99995 and 0.9999 are not the same.
    public var probability: Double { rounded(decimals: 6) }
}
