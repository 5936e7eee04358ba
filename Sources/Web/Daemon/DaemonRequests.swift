import Client
import HTTPTypes
import Protocol

/// What the daemon is asked to do, each over a connection of its own: it answers in order, and some of it takes its time.
struct DaemonRequests: Sendable {
    let path: String
    private static let patience = Duration.seconds(3)
    private static let silent = Problem.busy(
        .serviceUnavailable, "the daemon does not answer", retryAfterSeconds: 2)

    init(path: String) { self.path = path }

    /// - Throws: ``Problem``: 503 without a daemon, 403 for what this service may not do, 400 or 409 with the daemon's reason.
    func answer(to request: Request, timeout: Duration = patience) async throws -> ReceivedMessage {
        try await withClient { try await $0.answer(to: request, timeout: timeout) }
    }

    /// Part of what the daemon heard, 16 kHz; waits for what is yet to be heard.
    ///
    /// - Throws: as ``answer(to:timeout:)``.
    func audio(from start: UInt64, samples wanted: Int, timeout: Duration) async throws -> [Int16] {
        try await withClient { client in
            // A daemon that stands still says nothing more; the connection then ends here.
            let timer = Task {
                try await Task.sleep(for: timeout)
                client.close()
            }
            defer { timer.cancel() }
            _ = try await client.answer(to: .subscribe([]), timeout: Self.patience)
            let request = AudioRequest(start: .sample(start), milliseconds: (wanted + 15) / 16)
            var samples: [Int16] = []
            var message = try await client.answer(to: .audio(request), timeout: timeout)
            let rest = client.messages.makeAsyncIterator()
            while true {
                if case .error(let error) = message.content { throw error }
                if case .audio(let piece) = message.content {
                    samples += piece.samples
                    if piece.isEnd { return samples }
                }
                guard samples.count <= 2 * wanted, let next = try await rest.next() else { throw Self.silent }
                message = next
            }
        }
    }

    private func withClient<Result>(_ body: (EventClient) async throws -> Result) async throws -> Result {
        do {
            let client = try await EventClient.connect(to: path, timeout: Self.patience)
            defer { client.close() }
            return try await body(client)
        } catch let error as ErrorMessage {
            switch ErrorMessage.Code(rawValue: error.code) {
            case .notPermitted: throw Problem(.forbidden, error.error)
            case .badField: throw Problem(.badRequest, error.error)
            default: throw Problem(.conflict, error.error)
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Self.silent
        }
    }
}
