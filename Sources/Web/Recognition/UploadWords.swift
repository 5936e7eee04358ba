import Enrolment
import Logging
import Models
import Protocol
import ServiceLifecycle
import ServiceSettings
import Spotting

/// Has recordings searched for the words that were taught to the daemon, too, as soon as they are heard there. While there is no
/// daemon, the words stay those that there were.
struct UploadWords: Service {
    let daemon: DaemonLink
    let recognizer: Recognizer
    /// What a model is to decide by, as it is configured.
    let settings: Settings
    let logger: Logger

    func run() async throws {
        for await _ in daemon.wordChanges.cancelOnGracefulShutdown() {
            do {
                guard let words = try await words() else { continue }
                try await recognizer.teach { [settings] model in
                    let taught = model.teaching(words.compactMap { try? $0.word(for: model) })
                    return UploadModel(taught, policy: try settings.startPolicy(for: taught))
                }
            } catch {
                logger.warning("recordings are not searched for words of one's own: \(error)")
            }
        }
    }

    /// Those that the daemon hears, with the takes of those that must be fitted to a model here; nil if it does not say, or if there
    /// are none and were none.
    private func words() async throws -> [OwnWordFile]? {
        let models = [recognizer.active, recognizer.candidate?.model].compactMap { $0?.model.description }
        guard let names = await daemon.words?.words.filter(\.isOwn).map(\.keyword),
            !names.isEmpty || !models.allSatisfy(\.taught.isEmpty)
        else { return nil }
        var files: [OwnWordFile] = []
        for name in names {
            files.append(try await daemon.ownWord(name) { word in !models.allSatisfy(word.isTaught) })
        }
        return files
    }
}
