/// What is said in running speech, so that a keyword that was really said is no false alarm.
public struct Transcript: Sendable {
    /// In lower case, without punctuation; empty where nobody wrote down what is said.
    private let words: [String]

    /// Words that sound the same as a keyword. "for" and "to" are missing on purpose: they are said too weakly and too
    /// often to excuse "four" and "two".
    private static let homophones: [String: Set<String>] = [
        "eight": ["ate"], "four": ["fore"], "no": ["know"], "right": ["rite", "wright", "write"], "two": ["too"],
        "one": ["won"],
    ]

    public init(_ text: String) {
        words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// Whether nobody wrote down what is said.
    public var isUnknown: Bool { words.isEmpty }

    /// Whether the keyword is said; one of several words (`smart_mirror`) if they follow each other.
    public func contains(_ keyword: String) -> Bool {
        let parts = keyword.lowercased().split(separator: "_").map(String.init)
        guard !parts.isEmpty, words.count >= parts.count else { return false }
        return (0...words.count - parts.count).contains { start in
            parts.indices.allSatisfy { Self.sounds(words[start + $0], like: parts[$0]) }
        }
    }

    private static func sounds(_ word: String, like keyword: String) -> Bool {
        word == keyword || homophones[keyword]?.contains(word) == true
    }
}
