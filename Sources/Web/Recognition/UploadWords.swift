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
                let words = try await words()
                try await recognizer.teach { [settings] model in
                    let taught = model.teaching(words.compactMap { try? $0.word(for: model) })
                    return UploadModel(taught, policy: try settings.startPolicy(for: taught))
                }
            } catch {
                logger.warning("recordings are not searched for words of one's own: \(error)")
            }
        }
    }

    /// Those that the daemon hears, with the takes of those that must be fitted to a model here.
    private func words() async throws -> [OwnWordFile] {
        let models = [recognizer.active, recognizer.candidate?.model].compactMap { $0?.model.description }
        var files: [OwnWordFile] = []
        for name in await daemon.words?.words.filter(\.isOwn).map(\.keyword) ?? [] {
            let known = try await daemon.ownWord(name)
            guard let content = known.word else { continue }
            var file = OwnWordFile(try OwnWord(content: content))
            if !models.allSatisfy(file.word.isTaught) {
                for take in known.takes { file.takes[take] = try await daemon.ownWord(name, take: take).recording }
            }
            files.append(file)
        }
        return files
    }
}
