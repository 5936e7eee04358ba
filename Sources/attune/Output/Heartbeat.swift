import Client
import Protocol
import Synchronization

/// Asks a daemon, while nothing comes from it, whether it is still there; says on standard error when it does not answer,
/// and when it does again.
final class Heartbeat: Sendable {
    private let client: EventClient
    private let isSilent = Mutex(false)

    /// After which it is asked, and in which it must answer.
    private static let pause = Duration.seconds(2)
    private static let patience = Duration.seconds(3)

    init(_ client: EventClient) { self.client = client }

    /// Waits for something that comes from the daemon.
    func during<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let asking = Task { await ask() }
        defer { asking.cancel() }
        let result = try await body()
        note(isSilent: false)
        return result
    }

    /// Until it is cancelled, or the connection is closed.
    private func ask() async {
        while (try? await Task.sleep(for: Self.pause)) != nil {
            do {
                _ = try await client.answer(to: .status, timeout: Self.patience)
                note(isSilent: false)
            } catch let error as EventClientError {
                guard case .noAnswer = error, !Task.isCancelled else { return }
                note(isSilent: true, "\(error); waiting for it")
            } catch {
                return
            }
        }
    }

    private func note(isSilent now: Bool, _ sentence: String = "the daemon answers again") {
        let isNew = isSilent.withLock { isSilent in
            defer { isSilent = now }
            return isSilent != now
        }
        if isNew { complain(sentence) }
    }
}
