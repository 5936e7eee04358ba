/// Which words are listened for, and how: the section `words`.
public struct WordSettings: Sendable, Equatable {
    /// The policy of one word.
    public struct Policy: Sendable, Equatable {
        public var isEnabled = true
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
    /// Where each of them stands in the file, for messages.
    var origins: [String: SettingsOrigin] = [:]

    public init() {}

    /// The policy that applies to a word of the model.
    public func policy(for word: String) -> Policy { named[word] ?? standard }

    /// The words of which one must come before a word; empty means that it always counts.
    func openers(of word: String, wakeWords: [String]) -> [String] {
        policy(for: word).after.flatMap { other in
            guard other == Self.wakeWords else { return [other] }
            return wakeWords.contains(word) ? [] : wakeWords
        }
    }

    /// Two are equal when they ask for the same, wherever in the file it stands.
    public static func == (left: WordSettings, right: WordSettings) -> Bool {
        left.standard == right.standard && left.named == right.named
    }

    /// Compares the section with the words that the model knows.
    ///
    /// - Parameters:
    ///   - known: The model's words, without `_unknown_` and `_silence_`.
    ///   - wakeWords: Those of them that are wake words.
    /// - Returns: What is wrong, in the order of the file; empty when all words exist and can be heard.
    public func validate(words known: [String], wakeWords: [String]) -> [SettingsProblem] {
        var problems: [SettingsProblem] = []
        let names = named.keys.sorted { (origins[$0]?.line ?? 0, $0) < (origins[$1]?.line ?? 0, $1) }
        func report(_ name: String, _ message: String) {
            problems.append(SettingsProblem(origins[name] ?? .settings, key: "words.\(name)", message))
        }
        for name in names {
            let policy = policy(for: name)
            if !known.contains(name) {
                report(name, "the model has no such word; \(suggestion(for: name, among: known))")
            }
            for other in policy.after where !known.contains(other) && other != Self.wakeWords {
                report(name, "after \"\(other)\": the model has no such word; \(suggestion(for: other, among: known))")
            }
            for other in policy.after
            where known.contains(other) && policy.isEnabled && !self.policy(for: other).isEnabled {
                report(name, "can never be heard: it counts only after \"\(other)\", which is not enabled")
            }
            if policy.isEnabled, policy.after.contains(Self.wakeWords), known.contains(name), !wakeWords.contains(name),
                !wakeWords.isEmpty, !wakeWords.contains(where: { self.policy(for: $0).isEnabled })
            {
                report(name, "can never be heard: it counts only after a wake word, and none is enabled")
            }
        }
        if !known.isEmpty, !known.contains(where: { policy(for: $0).isEnabled }) {
            problems.append(SettingsProblem(.settings, key: "words", "no word is enabled; enable at least one"))
        }
        return problems
    }
}
