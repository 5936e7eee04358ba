import Client
import Logging
import Protocol
import Realtime
import Synchronization

/// One daemon, and what a broker is to be told of it.
struct BridgedDaemon: Sendable {
    let name: String
    let socketPath: String
    let topics: Topics
    let access: BrokerAccess
    let hermes: Bool
    let logger: Logger

    /// One that is being told of.
    struct Running: Sendable {
        let broker: Broker
        let thread: RealtimeThread
        fileprivate let bridge: Bridge
        fileprivate let follower: DaemonFollower

        /// Goes on until the task is cancelled.
        func run() async {
            async let obeying: Void = bridge.obey()
            await follower.run { await bridge.take($0) }
            await obeying
        }
    }

    /// Begins to connect to the broker, each daemon by a connection of its own: it has a last will of its own.
    ///
    /// - Parameter tell: is told in a sentence how the connection does.
    /// - Throws: ``RealtimeThread/CreationError``.
    func start(tell: @escaping @Sendable (String) -> Void) throws -> Running {
        let broker = Broker(access, topics: topics, hermes: hermes, logger: logger, tell: tell)
        let bridge = Bridge(
            name: name, topics: topics, broker: broker, hermes: hermes, socketPath: socketPath, logger: logger)
        let thread = try broker.start()
        logger.notice("telling \(access.address) of \(topics.root)")
        return Running(broker: broker, thread: thread, bridge: bridge, follower: DaemonFollower(path: socketPath))
    }
}

/// How each of several connections does, in one line.
final class Statuses: Sendable {
    private let names: [String]
    private let texts = Mutex<[String: String]>([:])

    init(_ names: [String]) { self.names = names }

    func changed(_ name: String, to text: String) -> String {
        texts.withLock { texts in
            texts[name] = text
            guard names.count > 1 else { return text }
            return names.map { "\($0): \(texts[$0] ?? "connecting")" }.joined(separator: "; ")
        }
    }
}
