import Models
import ServiceSettings
import Spotting

/// The words that clients may ask for, and how they are decided on. Immutable; any thread.
struct Vocabulary: Sendable {
    let model: Model
    /// In the order in which clients are told of them.
    let names: [String]
    private let policy: DecisionPolicy
    private let wakeWords: [String]

    /// - Parameter policy: as the settings have it; words that are not enabled there are not offered.
    init(_ model: Model, policy: DecisionPolicy, settings: Settings.Wyoming) {
        self.model = model
        self.policy = policy.adjusted(settings)
        let description = model.description
        func isEnabled(_ word: String) -> Bool {
            description.labels.firstIndex(of: word).map { policy.words[$0].enabled } ?? false
        }
        wakeWords = description.wakeWords.filter(isEnabled)
        let commands = description.keywords.filter { !description.wakeWords.contains($0) && isEnabled($0) }
        names = wakeWords + (settings.commands ? commands : [])
    }

    var modelVersion: String { model.description.version }

    /// What one client listens for.
    struct Choice: Sendable, Equatable {
        /// What each word is called by who asked for it: no more are told.
        let names: [Int: String]
        let policy: DecisionPolicy
    }

    /// - Parameter asked: names, however they are written: `Alexa`, `smart mirror`, and `alexa_v0.1` as other programs call
    ///   it. Those that are not known are left out. Empty for every wake word.
    /// - Throws: if none is known.
    func choice(_ asked: [String]) throws(ClientError) -> Choice {
        var called: [Int: String] = [:]
        for name in asked.isEmpty ? wakeWords : asked {
            guard let word = index(name), names.contains(model.description.labels[word]) else { continue }
            called[word] = name
        }
        guard !called.isEmpty else {
            throw ClientError(
                .unknownName,
                "there is no word \(asked.prefix(3).map(shortened).joined(separator: ", ")); "
                    + "give some of \(names.joined(separator: ", "))")
        }
        let listening = listening(for: called.keys)
        for (word, rules) in listening.words.enumerated() where rules.enabled {
            if let original = rules.original { called[word] = called[original] }
        }
        return Choice(names: called, policy: listening)
    }

    /// The policy that hears these words, and those of which one must come before them.
    private func listening(for words: some Sequence<Int>) -> DecisionPolicy {
        var wanted = Set(words)
        var next = Array(wanted)
        while let word = next.popLast() {
            next += policy.words[word].after.filter { wanted.insert($0).inserted }
        }
        var listening = policy
        for (word, rules) in policy.words.enumerated() where !wanted.contains(rules.original ?? word) {
            listening.words[word].enabled = false
        }
        return listening
    }

    private func index(_ name: String) -> Int? {
        let labels = model.description.labels
        let plain = Self.plain(name)
        return labels.firstIndex(of: name) ?? labels.firstIndex { Self.plain($0) == plain }
    }

    private static func plain(_ name: String) -> String {
        var parts = name.lowercased().split { "_- ".contains($0) }
        let isVersion = parts.last.map { $0.first == "v" && $0.dropFirst().allSatisfy { "0123456789.".contains($0) } }
        if parts.count > 1, isVersion == true { parts.removeLast() }
        return parts.joined(separator: "_")
    }
}

extension DecisionPolicy {
    /// The policy with what the section `wyoming` asks for on top.
    fileprivate func adjusted(_ settings: Settings.Wyoming) -> DecisionPolicy {
        var policy = self
        // One half is every word's own threshold.
        let stricter = LogOdds.of(probability: settings.threshold)
        for word in policy.words.indices { policy.words[word].thresholdScore += stricter }
        policy.majorityHops += settings.triggerLevel - 1
        policy.smoothingHops = max(policy.smoothingHops, policy.majorityHops)
        return policy
    }
}
