/// The answer to `set_word`: how the word is decided on from now on.
public struct SetWordAnswer: SocketMessage, Equatable {
    public static let type = "set_word"

    public var word: WordsAnswer.Word
    /// Whether it outlives a restart.
    public var kept: Bool

    public init(word: WordsAnswer.Word, kept: Bool) {
        self.word = word
        self.kept = kept
    }

    public func addFields(to line: inout JSONLine) {
        line.add("word", word.jsonLine)
        line.add("kept", kept)
    }
}
