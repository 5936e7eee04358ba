import Enrolment
import Logging
import Models
import Spotting
import Synchronization

/// The words that are kept in the state directory, and which of them the model that was last taught cannot hear. Any thread;
/// reading waits for the disk.
final class TaughtWords: Sendable {
    /// Nil without a state directory.
    let store: OwnWordStore?
    /// What was learned from mistakes; nil without a state directory.
    let corrections: CorrectionStore?
    /// One thread at a time writes.
    private let writing = Mutex<Void>(())
    private let logger: Logger
    private let unusable = Mutex<[OwnWordStore.Problem]>([])

    /// So many are told of; a folder full of rubbish floods nobody.
    private static let mostTold = 10

    init(folder: String?, logger: Logger) {
        store = folder.map { OwnWordStore(path: $0 + "/words") }
        corrections = folder.map { CorrectionStore(path: $0 + "/corrections.json") }
        self.logger = logger
        store?.tidy()
    }

    /// The model with the words that were taught to it, and whether there are some that were taught to another one and can be
    /// carried over; see ``carry(to:)``. Why the others are not heard is logged, if that is new.
    func teach(_ model: Model) -> (model: Model, hasForeign: Bool) {
        guard let store else { return (model, false) }
        var hasForeign = false
        let (name, version) = (model.description.name, model.description.version)
        let (words, problems) = store.load(for: model.description) { word, _ throws(OwnWordError) in
            hasForeign = true
            throw OwnWordError(
                "it was taught to \(word.model) \(word.modelVersion); it is being fitted to \(name) \(version) from its takes"
            )
        }
        return (teach(model, words, problems), hasForeign)
    }

    /// The model with all words that it can hear: what was taught to another one is fitted again, which takes about a second for
    /// each. They are kept once ``keep(_:for:)`` is called.
    func carry(to model: Model) -> (model: Model, carried: [OwnWord]) {
        guard let store else { return (model, []) }
        let all = CarriedWords(store, to: model)
        return (teach(model, all.words, all.problems), all.carried)
    }

    /// A model that hears beside the one whose words are events, with the same words and corrections as far as it can have them.
    func shadow(_ model: Model) -> Model {
        guard let store else { return model }
        return model.teaching(
            CarriedWords(store, to: model).words, corrections: (try? corrections?.load(for: model.description)) ?? [])
    }

    /// Keeps words that were carried over to a model that is used from now on.
    func keep(_ carried: [OwnWord], for model: ModelDescription) {
        guard let store else { return }
        for word in carried {
            do throws(OwnWordError) {
                let isKept = try write { () throws(OwnWordError) in
                    // One that was taught or removed meanwhile stays as it is.
                    guard let known = try store.word(word.name), !known.isTaught(to: model) else { return false }
                    try store.install(word, takes: try store.takes(of: word.name))
                    return true
                }
                if isKept { logger.notice("\(word.name) is fitted to \(model.name) \(model.version)") }
            } catch {
                logger.warning("\(word.name) is fitted again at the next start, too: \(error)")
            }
        }
    }

    private func teach(_ model: Model, _ words: [OwnWord], _ problems: [OwnWordStore.Problem]) -> Model {
        let known = unusable.withLock { known in
            defer { known = problems }
            return known
        }
        let new = problems.filter { !known.contains($0) }
        for problem in new.prefix(Self.mostTold) {
            logger.warning("the word \(problem.name) is not heard: \(problem.reason)")
        }
        if new.count > Self.mostTold {
            logger.warning("nor are \(new.count - Self.mostTold) others in \(store?.path ?? "")")
        }
        do throws(OwnWordError) {
            return model.teaching(words, corrections: try corrections?.load(for: model.description) ?? [])
        } catch {
            logger.warning("what was learned from mistakes does not count: \(error)")
            return model.teaching(words)
        }
    }

    /// Runs `body` while nobody else writes. It may wait for the disk.
    func write<Value>(_ body: () throws(OwnWordError) -> Value) throws(OwnWordError) -> Value {
        try writing.withLock { (_) throws(OwnWordError) in try body() }
    }

    /// Those that cannot be heard, and why.
    var problems: [OwnWordStore.Problem] { unusable.withLock { Array($0.prefix(Self.mostTold)) } }

    /// The same for people; nil if there are none.
    var problemTexts: [String]? {
        let all = unusable.withLock { $0 }
        guard !all.isEmpty else { return nil }
        let texts = all.prefix(Self.mostTold).map { "\($0.name): \($0.reason)" }
        return all.count > texts.count ? texts + ["and \(all.count - texts.count) others"] : texts
    }
}
