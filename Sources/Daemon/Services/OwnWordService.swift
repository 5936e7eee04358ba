import Listening
import Logging
import Models
import Protocol
import Spotting
import Time

/// Answers what is asked about words: keeps those of one's own, and has them heard.
final class OwnWordService: Sendable {
    private let listener: Listener
    private let reloader: Reloader
    private let activator: ModelActivator
    private let taught: TaughtWords
    private let logger: Logger

    init(
        _ listener: Listener, _ reloader: Reloader, _ activator: ModelActivator, _ taught: TaughtWords, logger: Logger
    ) {
        (self.listener, self.reloader, self.activator) = (listener, reloader, activator)
        (self.taught, self.logger) = (taught, logger)
    }

    /// Has a word decided on otherwise than the configuration says, or so again.
    func set(_ change: WordChange) async throws(ErrorMessage) -> SetWordAnswer {
        let (name, isKept) = try await reloader.set(change)
        guard let word = list.words.first(where: { $0.keyword == name }) else {
            throw ErrorMessage(.failed, "another model without that word has just taken over")
        }
        return SetWordAnswer(word: word, kept: isKept)
    }

    func answer(_ request: OwnWordRequest) async throws(ErrorMessage) -> any SocketMessage {
        switch request {
        case .list: return list
        case .get(let name, let take): return try await get(name, take)
        case .install(let content):
            let name = try await write { (store) throws(OwnWordError) in try self.install(content, in: store) }
            try await activator.teach()
            logger.notice("the word \(name) is heard from now on")
            return WordChangeAnswer(name: name, change: "install_word")
        case .addTake(let name, let number, let recording):
            try await write { (store) throws(OwnWordError) in try store.addTake(number, recording, to: name) }
            return WordChangeAnswer(name: name, change: "add_take")
        case .remove(let name):
            try await write { (store) throws(OwnWordError) in try self.remove(name, from: store) }
            try await activator.teach()
            logger.notice("the word \(name) is forgotten")
            return WordChangeAnswer(name: name, change: "remove_word")
        }
    }

    private var list: WordsAnswer {
        let active = listener.active
        let description = active.description
        let (labels, keywords) = (description.labels, Set(description.keywords))
        let (changed, configured) = (reloader.changedWords, reloader.configuredPolicy(for: description))
        let heard = labels.indices.filter { keywords.contains(labels[$0]) && description.original(of: $0) == nil }
        let words = heard.map { index in
            let policy = active.policy.words[index]
            let taught = description.taught.first { $0.name == labels[index] }
            let before = changed.contains(labels[index]) ? configured?.words[index] : nil
            return WordsAnswer.Word(
                keyword: labels[index], isOwn: index >= description.words.count,
                isWakeWord: description.wakeWords.contains(labels[index]),
                isEnabled: policy.enabled, threshold: Double(policy.threshold),
                thresholdScore: Double(policy.thresholdScore), after: policy.after.map { labels[$0] },
                withinSeconds: SampleRate.seconds(policy.afterSamples), asksSecond: policy.second != nil,
                card: taught?.card,
                configured: before.map {
                    WordsAnswer.Word.Setting(
                        isEnabled: $0.enabled, threshold: Double($0.threshold),
                        thresholdScore: Double($0.thresholdScore))
                })
        }
        return WordsAnswer(
            words: words, problems: taught.problems.map { WordsAnswer.Problem(name: $0.name, reason: $0.reason) })
    }

    private func get(_ name: String, _ take: Int?) async throws(ErrorMessage) -> WordAnswer {
        try await onStore { store throws(OwnWordError) in
            guard let word = try store.word(name) else { throw self.unknown(name) }
            let takes = try store.takes(of: name)
            let numbers = takes.keys.sorted()
            guard let take else { return WordAnswer(name: word.name, word: word.content, takes: numbers) }
            guard let recording = takes[take] else { throw OwnWordError("\(word.name) has no take \(take)") }
            return WordAnswer(name: word.name, takes: numbers, recording: recording)
        }
    }

    private func install(_ content: JSONContent, in store: OwnWordStore) throws(OwnWordError) -> String {
        let word = try OwnWord(content: content)
        let description = listener.active.description
        try word.check(fits: description)
        let others = description.taught.filter { !$0.isNamed(word.name) }
        guard others.count < OwnWordStore.mostWords else {
            throw OwnWordError("there are \(others.count) words already, the most that are heard; remove one")
        }
        let known = description.words + others.map(\.name)
        for other in word.after where !known.contains(where: { OwnWord.haveSameName($0, other) }) {
            throw OwnWordError("it counts only after \(other), which is unknown")
        }
        try store.install(word)
        return word.name
    }

    private func remove(_ name: String, from store: OwnWordStore) throws(OwnWordError) {
        let waiting = listener.active.description.taught.first { word in
            !word.isNamed(name) && word.after.contains { OwnWord.haveSameName($0, name) }
        }
        if let waiting { throw OwnWordError("\(waiting.name) counts only after it; remove that first") }
        guard try store.remove(name) else { throw unknown(name) }
    }

    private func unknown(_ name: String) -> OwnWordError {
        let description = listener.active.description
        if description.words.contains(where: { OwnWord.haveSameName($0, name) }) {
            return OwnWordError("it is a word of the model; the configuration can switch it off: enabled: false")
        }
        let known = description.taught.map(\.name).joined(separator: ", ")
        return OwnWordError("no such word was taught; there are: \(known.isEmpty ? "none" : known)")
    }

    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (OwnWordStore) throws(OwnWordError) -> Value
    ) async throws(ErrorMessage) -> Value {
        try await onStore { [self] (store) throws(OwnWordError) in
            try taught.write { () throws(OwnWordError) in try body(store) }
        }
    }

    private func onStore<Value: Sendable>(
        _ body: @escaping @Sendable (OwnWordStore) throws(OwnWordError) -> Value
    ) async throws(ErrorMessage) -> Value {
        guard let store = taught.store else {
            throw ErrorMessage(
                .failed, "the daemon has no state directory to keep words in; give it one with STATE_DIRECTORY")
        }
        return try await answerOnOwnThread(
            "words", late: "the words could not be read or written in time; look at the disk"
        ) { () throws(OwnWordError) in try body(store) }
    }
}
