import ArgumentParser
import Client
import FoundationEssentials
import Protocol

/// The options of a command that asks a running daemon, and how it asks.
struct DaemonConnection: ParsableArguments {
    @Option(help: "The daemon's socket. (default: ATTUNED_SOCKET, the user's own daemon, or the system's)")
    var socket: String?
    @Flag(help: "Print JSON as it comes from the daemon, one object a line.")
    var json = false

    /// The socket's path.
    var path: String { socket ?? SocketPath.client(environment: ProcessInfo.processInfo.environment) }

    func connect() async throws -> EventClient {
        do {
            return try await EventClient.connect(to: path)
        } catch {
            complain(error)
            throw Exit.unavailable
        }
    }

    /// Asks one question.
    func answer(to request: Request, timeout: Duration = .seconds(5)) async throws -> ReceivedMessage {
        let client = try await connect()
        do {
            let answer = try await client.answer(to: request, timeout: timeout)
            client.close()
            return answer
        } catch {
            complain(error)
            let isForbidden = (error as? ErrorMessage)?.code == ErrorMessage.Code.notPermitted.rawValue
            throw isForbidden ? Exit.notPermitted : Exit.unavailable
        }
    }

    /// Asks for something that changes the daemon, and says in words that it is done.
    func control(_ request: Request, done: String) async throws {
        let answer = try await answer(to: request)
        print(json ? answer.line : done)
    }
}
