import ArgumentParser
import Client
import Glibc
import Protocol

/// Follows the daemon.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print keywords and changes of state as they come.",
        discussion: """
            Says on standard error when the daemon does not answer or is gone, and goes on when it is back, with what it heard
            meanwhile. Ends with Ctrl-C, or when the daemon is stopped: to connect again could start it.

              attune watch
              attune watch --json | jq --unbuffered 'select(.type == "keyword") | .keyword'
            """)

    @OptionGroup var connection: DaemonConnection

    /// Who watches wants to know within seconds why nothing comes.
    private static let heartbeat = Duration.seconds(2)

    func run() async throws {
        let view = WatchView(json: connection.json)
        let follower = DaemonFollower(path: connection.path, heartbeat: { Self.heartbeat })
        await follower.run { await view.show($0) }
    }
}

/// Prints what comes of a daemon that is followed, each line at once, and ends the program where there is no more to come.
private actor WatchView {
    private let json: Bool
    private var hasConnected = false
    private var isLost = false
    /// The last status, without what changes all the time.
    private var told: StatusMessage?

    init(json: Bool) { self.json = json }

    func show(_ news: DaemonFollower.News) {
        switch news {
        case .connected(let hello):
            (hasConnected, isLost, told) = (true, false, nil)
            tell("attuned \(hello.version), model \(hello.model) \(hello.modelVersion)", json: hello.jsonLine().text)
        case .status(let status): show(status)
        case .keyword(let event, let line):
            tell(
                "\(event.timestamp.localClock)  \(Terminal.bold(event.keyword.rightPadded(14)))"
                    + "\(event.confidence.percent)  \(event.levelDBFS.formatted(0)) dBFS  "
                    + "\(event.latencyMilliseconds.formatted(0)) ms after the word", json: line)
        case .other(let message):
            if json { print(message.line) } else if case .error(let error) = message.content { complain(error) }
        case .missed: complain("the daemon has forgotten some of what it heard meanwhile")
        case .lost(let reason): lost(reason)
        }
        // Into a pipe, too; why it does not is told at the end.
        guard fflush(nil) == 0 else { Watch.exit(withError: Exit.cannotWrite) }
    }

    private func tell(_ text: String, json line: String) { print(json ? line : text) }

    private func show(_ status: StatusMessage) {
        var lasting = status
        (lasting.levelDBFS, lasting.peakDBFS, lasting.clockPartsPerMillion, lasting.lastEvent) = (nil, nil, nil, nil)
        lasting.uptimeSeconds = 0
        guard lasting != told else { return }
        told = lasting
        let state = Terminal.marked(status.state.rawValue, good: status.state == .listening)
        tell("\(state): \(status.reason) (\(status.device))", json: status.jsonLine().text)
    }

    private func lost(_ reason: String) {
        guard hasConnected else {
            complain(reason)
            Watch.exit(withError: Exit.unavailable)
        }
        if told?.state == .stopping {
            complain("the daemon was stopped")
            Watch.exit()
        }
        if !isLost { complain("\(reason); waiting for it") }
        isLost = true
    }
}
