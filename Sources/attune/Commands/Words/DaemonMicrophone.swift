import Client
import Protocol

/// What the daemon's microphone hears, a piece at a time.
final class DaemonMicrophone {
    private let client: EventClient

    init(_ connection: DaemonConnection) async throws { client = try await connection.connect() }

    /// The next milliseconds, from now on: 16,000 samples a second, -1 to 1.
    func record(milliseconds: Int) async throws -> [Float] {
        do {
            guard case .metrics(let metrics) = try await client.answer(to: .metrics).content else { return [] }
            let request = AudioRequest(start: .sample(metrics.samples), milliseconds: milliseconds)
            var samples: [Float] = []
            var message: ReceivedMessage? = try await client.answer(to: .audio(request))
            let messages = client.messages.makeAsyncIterator()
            while let answer = message {
                if case .error(let error) = answer.content { throw error }
                if case .audio(let audio) = answer.content {
                    samples += audio.samples.map { Float($0) / 32768 }
                    if audio.isEnd { return samples }
                }
                message = try await messages.next()
            }
            complain("the daemon closed the connection")
        } catch {
            complain(error)
        }
        throw Exit.unavailable
    }
}
