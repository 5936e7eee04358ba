/// The answer to `words`: what can be heard, and when it counts.
public struct WordsAnswer: SocketMessage, Equatable {
    public static let type = "words"

    /// A word as the daemon decides on it now.
    public struct Word: Sendable, Equatable, Decodable {
        public var keyword: String
        /// Whether it was taught.
        public var isOwn: Bool
        /// Whether it opens commands.
        public var isWakeWord: Bool
        public var isEnabled: Bool
        /// As a probability and in log-odds.
        public var threshold: Double
        public var thresholdScore: Double
        /// Words of which one must come before it, and how long before; empty for none.
        public var after: [String]
        public var withinSeconds: Double
        /// Whether the second network is asked about it.
        public var asksSecond: Bool
        /// Of one that was taught, or taken further: what its card says in single numbers, texts and flags.
        public var card: [String: JSONContent]?
        /// What the configuration says, where something else was set while the daemon ran.
        public var configured: Setting?

        /// Whether the model knows it, and takes of one's own were taught to it, too.
        public var isTakenFurther: Bool { !isOwn && card != nil }

        /// Whether a word is listened for, and from where on it counts.
        public struct Setting: Sendable, Equatable, Decodable {
            public var isEnabled: Bool
            public var threshold: Double
            public var thresholdScore: Double

            public init(isEnabled: Bool, threshold: Double, thresholdScore: Double) {
                (self.isEnabled, self.threshold, self.thresholdScore) = (isEnabled, threshold, thresholdScore)
            }

            enum CodingKeys: String, CodingKey {
                case threshold
                case isEnabled = "enabled"
                case thresholdScore = "threshold_score"
            }
        }

        public init(
            keyword: String, isOwn: Bool, isWakeWord: Bool, isEnabled: Bool, threshold: Double, thresholdScore: Double,
            after: [String], withinSeconds: Double, asksSecond: Bool, card: [String: JSONContent]? = nil,
            configured: Setting? = nil
        ) {
            (self.keyword, self.isOwn, self.isWakeWord, self.isEnabled) = (keyword, isOwn, isWakeWord, isEnabled)
            (self.threshold, self.thresholdScore) = (threshold, thresholdScore)
            (self.after, self.withinSeconds, self.asksSecond) = (after, withinSeconds, asksSecond)
            self.card = card.map(Self.summary)
            self.configured = configured
        }

        enum CodingKeys: String, CodingKey {
            case keyword, threshold, after, card, configured
            case isOwn = "own"
            case isWakeWord = "wake"
            case isEnabled = "enabled"
            case thresholdScore = "threshold_score"
            case withinSeconds = "within_seconds"
            case asksSecond = "second"
        }

        /// So many words have room in an answer.
        private static func summary(of card: [String: JSONContent]) -> [String: JSONContent] {
            let short = card.sorted { $0.key < $1.key }.filter { name, value in
                switch value {
                case .number, .bool: name.utf8.count <= 64
                case .string(let text): name.utf8.count + text.utf8.count <= 128
                case .null, .list, .object: false
                }
            }
            return Dictionary(uniqueKeysWithValues: short.prefix(16).map { ($0.key, $0.value) })
        }
    }

    /// One that was taught and cannot be heard.
    public struct Problem: Sendable, Equatable, Decodable {
        public var name: String
        public var reason: String

        public init(name: String, reason: String) { (self.name, self.reason) = (name, reason) }
    }

    public var words: [Word]
    public var problems: [Problem]

    public init(words: [Word], problems: [Problem]) { (self.words, self.problems) = (words, problems) }

    enum CodingKeys: CodingKey { case words, problems }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.words, words.map(\.jsonLine))
        line.add(CodingKeys.problems, problems.isEmpty ? nil : problems.map(\.jsonLine))
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        words = try container.decode([Word].self, forKey: .words)
        problems = try container.decodeIfPresent([Problem].self, forKey: .problems) ?? []
    }
}

extension WordsAnswer.Word {
    /// The word as an object.
    public var jsonLine: JSONLine {
        var line = JSONLine()
        line.add(CodingKeys.keyword, keyword)
        line.add(CodingKeys.isOwn, isOwn)
        line.add(CodingKeys.isWakeWord, isWakeWord)
        line.add(CodingKeys.isEnabled, isEnabled)
        line.add(CodingKeys.threshold, threshold.probability)
        line.add(CodingKeys.thresholdScore, thresholdScore.rounded(decimals: 2))
        line.add(CodingKeys.after, after)
        line.add(CodingKeys.withinSeconds, withinSeconds)
        line.add(CodingKeys.asksSecond, asksSecond)
        line.add(CodingKeys.card, card.map(JSONContent.object))
        line.add(CodingKeys.configured, configured?.jsonLine)
        return line
    }
}

extension WordsAnswer.Word.Setting {
    fileprivate var jsonLine: JSONLine {
        var line = JSONLine()
        line.add(CodingKeys.isEnabled, isEnabled)
        line.add(CodingKeys.threshold, threshold.probability)
        line.add(CodingKeys.thresholdScore, thresholdScore.rounded(decimals: 2))
        return line
    }
}

extension WordsAnswer.Problem {
    fileprivate var jsonLine: JSONLine {
        var line = JSONLine()
        line.add("name", name)
        line.add("reason", reason)
        return line
    }
}
