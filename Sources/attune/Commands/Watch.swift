import ArgumentParser
import Events
import Foundation

/// Follows the daemon.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print keywords and changes of state as they come.",
        discussion: """
            Ends with Ctrl-C, or when the daemon stops.

              attune watch
              attune watch --json | jq --unbuffered 'select(.type == "keyword") | .keyword'
            """)

    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let client = try await connection.connect()
        do {
            for try await message in client.messages {
                show(message)
                // Into a pipe, too, each line goes out as it comes; why it does not is told at the end.
                guard fflush(nil) == 0 else { throw Exit.cannotWrite }
            }
        } catch let error as ExitCode {
            throw error
        } catch {
            complain(error)
            throw Exit.unavailable
        }
        complain("the daemon closed the connection")
    }

    private func show(_ message: ReceivedMessage) {
        guard !connection.json else { return print(message.line) }
        switch message.content {
        case .hello(let hello):
            print("attuned \(hello.version), model \(hello.model) \(hello.modelVersion)")
        case .status(let status):
            let state = Terminal.marked(status.state.rawValue, good: status.state == .listening)
            print("\(state): \(status.reason) (\(status.device))")
        case .keyword(let event):
            print(
                "\(event.timestamp.localClock)  \(Terminal.bold(event.keyword.rightPadded(14)))"
                    + "\(event.confidence.percent)  \(event.levelDBFS.formatted(0)) dBFS  "
                    + "\(event.latencyMilliseconds.formatted(0)) ms after the word")
        case .error(let error): complain(error)
        default: break
        }
    }
}
