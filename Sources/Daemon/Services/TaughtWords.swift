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

    /// The model with the words that it can hear; why it cannot hear the others is logged, if that is new.
    func teach(_ model: Model) -> Model {
        guard let store else { return model }
        let (words, problems) = store.load(for: model.description)
        let known = unusable.withLock { known in
            defer { known = problems }
            return known
        }
        let new = problems.filter { !known.contains($0) }
        for problem in new.prefix(Self.mostTold) {
            logger.warning("the word \(problem.name) is not heard: \(problem.reason)")
        }
        if new.count > Self.mostTold {
            logger.warning("nor are \(new.count - Self.mostTold) others in \(store.path)")
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
