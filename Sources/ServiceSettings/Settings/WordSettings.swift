import Models

/// Which words are listened for, and how: the section `words`.
public struct WordSettings: Sendable, Equatable {
    /// The policy of one word.
    public struct Policy: Sendable, Equatable {
        public var isEnabled = true
        /// It is one that was taught, or is to be: the model need not have it.
        public var isOwn = false
        /// Score that the word must exceed, 0 to 1; nil means the model's own.
        public var threshold: Double?
        /// How long the word is not reported again; nil means `detection.refractory_ms`.
        public var refractoryMilliseconds: Int?
        /// The word counts only after one of these; empty means always. `wakeWords` stands for all of the model's wake
        /// words, which themselves never wait for it.
        public var after: [String] = []
        /// How long after one of these.
        public var withinSeconds = 5.0

        public init() {}
    }

    /// What stands for the model's wake words in `after`.
    public static let wakeWords = "wake_words"

    /// The policy of every word that is not named, and what those that are named start from.
    public var standard: Policy = {
        var policy = Policy()
        policy.after = [wakeWords]
        return policy
    }()
    /// The words that have a policy of their own.
    public internal(set) var named: [String: Policy] = [:]
    /// Where each of them stands in the file, and the standard one as `default`, for messages.
    var origins: [String: SettingsOrigin] = [:]

    public init() {}

    /// The policy that applies to a word of the model.
    public func policy(for word: String) -> Policy {
        named[word] ?? named.first { $0.value.isOwn && OwnWord.haveSameName($0.key, word) }?.value ?? standard
    }

    /// The names that are said to be own words.
    var ownNames: [String] { named.filter(\.value.isOwn).keys.sorted() }

    /// The words of which one must come before a word; empty means that it always counts.
    ///
    /// A word that is among those that all others wait for by default waits for none of them, itself included.
    ///
    /// - Parameter taught: what the word itself was taught to wait for, which counts where the settings say nothing else.
    func openers(of word: String, wakeWords: [String], taught: [String] = []) -> [String] {
        let after = policy(for: word).after
        if !taught.isEmpty, after == standard.after { return taught }
        let isWakeWord = wakeWords.contains(word)
        let isOpener = after.contains(word) || isWakeWord && after.contains(Self.wakeWords)
        guard !isOpener || after != standard.after else { return [] }
        return after.flatMap { other in
            guard other == Self.wakeWords else { return [other] }
            return isWakeWord ? [] : wakeWords
        }
    }

    /// Two are equal when they ask for the same, wherever in the file it stands.
    public static func == (left: WordSettings, right: WordSettings) -> Bool {
        left.standard == right.standard && left.named == right.named
    }
}
