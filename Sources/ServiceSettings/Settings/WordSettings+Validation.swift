import Models

// Whether the words exist and can be heard.
extension WordSettings {
    /// What the policy of all words is called in the file.
    static let standardName = "default"

    /// Compares the section with the words that the model knows. Which words are taught is not looked at: so nothing that is
    /// taught or forgotten makes a configuration wrong.
    ///
    /// - Parameters:
    ///   - known: The model's words, without `_unknown_` and `_silence_`.
    ///   - wakeWords: Those of them that are wake words.
    /// - Returns: What is wrong, in the order of the file; empty when all words exist and every enabled one can be heard.
    public func validate(words known: [String], wakeWords: [String]) -> [SettingsProblem] {
        let names = named.keys.sorted { (line(of: $0), $0) < (line(of: $1), $1) }
        let own = ownNames
        // What was taught may open commands, too.
        let wakeWords = wakeWords + own
        let deaf = deafWords(among: known, wakeWords: wakeWords)
        var problems: [SettingsProblem] = []
        func report(_ name: String, _ message: String) {
            problems.append(SettingsProblem(origins[name] ?? .settings, key: "words.\(name)", message))
        }
        func reportUnknown(_ others: [String], of name: String) {
            for other in others
            where !known.contains(other) && other != Self.wakeWords
                && !own.contains(where: { OwnWord.haveSameName($0, other) })
            {
                let advice = suggestion(for: other, among: known + [Self.wakeWords])
                report(name, "after \(quoted(other)): the model has no such word; \(advice)")
            }
        }
        reportUnknown(standard.after, of: Self.standardName)
        let heirs = deaf.filter { named[$0] == nil }
        if let first = heirs.first {
            report(
                Self.standardName,
                "\(heirs.joined(separator: ", ")) can never be heard: "
                    + (heirs.count == 1 ? "it counts" : "they count") + condition(of: first, wakeWords: wakeWords))
        }
        for name in names {
            switch (known.contains(name), policy(for: name).isOwn) {
            case (false, false):
                report(
                    name,
                    "the model has no such word; \(suggestion(for: name, among: known)); "
                        + "if it is a word of your own, add \"own: true\"")
            case (true, true): report(name, "the model knows this word itself; remove \"own: true\"")
            case (true, false), (false, true): break
            }
            if policy(for: name).after != standard.after { reportUnknown(policy(for: name).after, of: name) }
            if deaf.contains(name) {
                report(name, "can never be heard: it counts" + condition(of: name, wakeWords: wakeWords))
            }
        }
        if !known.isEmpty, !(known + own).contains(where: { policy(for: $0).isEnabled }) {
            problems.append(SettingsProblem(.settings, key: "words", "no word is enabled; enable at least one"))
        }
        return problems.enumerated()
            .sorted { ($0.element.origin.line ?? .max, $0.offset) < ($1.element.origin.line ?? .max, $1.offset) }
            .map(\.element)
    }

    /// The enabled words that no order of words ever makes count: they wait for words that are not enabled, or wait for
    /// each other.
    private func deafWords(among known: [String], wakeWords: [String]) -> [String] {
        var silent = known.filter { policy(for: $0).isEnabled }
        var heard: Set<String> = []
        while true {
            let more = silent.filter { word in
                let openers = openers(of: word, wakeWords: wakeWords)
                // What waits for a word that does not exist is told so already.
                return openers.isEmpty || openers.contains { heard.contains($0) || !known.contains($0) }
            }
            if more.isEmpty { return silent }
            heard.formUnion(more)
            silent.removeAll { more.contains($0) }
        }
    }

    /// For what a word waits in vain, and why, to stand after "it counts".
    private func condition(of word: String, wakeWords: [String]) -> String {
        let after = policy(for: word).after
        let names = after.map { $0 == Self.wakeWords ? "a wake word" : quoted($0) }.joined(separator: " or ")
        let isEnabled = openers(of: word, wakeWords: wakeWords).contains { policy(for: $0).isEnabled }
        let isOneWord = after.count == 1 && after != [Self.wakeWords]
        let reason =
            switch (isOneWord, isEnabled) {
            case (true, false): "which is not enabled"
            case (true, true): "which can never be heard either"
            case (false, false): "and none is enabled"
            case (false, true): "and none can ever be heard"
            }
        return " only after \(names), \(reason)"
    }

    private func line(of name: String) -> Int { origins[name]?.line ?? 0 }
}
