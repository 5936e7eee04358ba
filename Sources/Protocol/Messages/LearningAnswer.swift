/// The answer to `learn` and `unlearn`: what learning from all that was marked does to each word.
public struct LearningAnswer: SocketMessage, Equatable {
    public static let type = "learning"

    public struct Word: Sendable, Equatable, Codable {
        public var keyword: String
        /// Sounds that are kept and were marked as wrong, and how many of them are taken for the word, before and after.
        public var wrong: Int
        public var wrongBefore: Int
        public var wrongAfter: Int
        /// Sounds that are kept in which it was said, marked as right or missed, and how many of them are heard.
        public var said: Int
        public var saidBefore: Int
        public var saidAfter: Int
        /// Whether it is fitted again, to what was said and missed, too.
        public var isTaughtAgain: Bool
        /// Why not all of it is learned; nil if it is.
        public var refused: String?

        public init(
            keyword: String, wrong: Int, wrongBefore: Int, wrongAfter: Int, said: Int, saidBefore: Int, saidAfter: Int,
            isTaughtAgain: Bool = false, refused: String?
        ) {
            self.keyword = keyword
            (self.wrong, self.wrongBefore, self.wrongAfter) = (wrong, wrongBefore, wrongAfter)
            (self.said, self.saidBefore, self.saidAfter) = (said, saidBefore, saidAfter)
            (self.isTaughtAgain, self.refused) = (isTaughtAgain, refused)
        }

        enum CodingKeys: String, CodingKey {
            case keyword, wrong, said, refused
            case wrongBefore = "wrong_before"
            case wrongAfter = "wrong_after"
            case saidBefore = "said_before"
            case saidAfter = "said_after"
            case isTaughtAgain = "taught"
        }

        fileprivate var line: JSONLine {
            var line = JSONLine()
            line.add(CodingKeys.keyword, keyword)
            line.add(CodingKeys.wrong, wrong)
            line.add(CodingKeys.wrongBefore, wrongBefore)
            line.add(CodingKeys.wrongAfter, wrongAfter)
            line.add(CodingKeys.said, said)
            line.add(CodingKeys.saidBefore, saidBefore)
            line.add(CodingKeys.saidAfter, saidAfter)
            line.add(CodingKeys.isTaughtAgain, isTaughtAgain)
            line.add(CodingKeys.refused, refused)
            return line
        }
    }

    public var words: [Word]
    /// Sounds that are known not to be a word, from then on.
    public var corrections: Int
    /// Whether they count.
    public var isApplied: Bool
    /// Whether there is something before it that can count again.
    public var canUndo: Bool

    public init(words: [Word], corrections: Int, isApplied: Bool, canUndo: Bool) {
        (self.words, self.corrections, self.isApplied, self.canUndo) = (words, corrections, isApplied, canUndo)
    }

    private enum CodingKeys: String, CodingKey {
        case words, corrections
        case isApplied = "applied"
        case canUndo = "can_undo"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.words, words.map(\.line))
        line.add(CodingKeys.corrections, corrections)
        line.add(CodingKeys.isApplied, isApplied)
        line.add(CodingKeys.canUndo, canUndo)
    }
}
