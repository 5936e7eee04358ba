import Events
import Glibc
import Logging
import ServiceManager
import ServiceSettings
import UnixSignals

/// Tells an MQTT broker, and through it Home Assistant, what a daemon hears. It has no microphone and needs neither broker
/// nor daemon to start: it waits for both, and says so.
public struct MQTTService: Sendable {
    private let name: String
    private let topics: Topics
    private let access: BrokerAccess
    private let settings: Settings
    private let socketPath: String
    private let logger: Logger

    /// Checks what is configured, and the files that it names.
    ///
    /// - Throws: ``StartError``.
    public init(settings: Settings, environment: [String: String], logger: Logger) throws(StartError) {
        let name = settings.mqtt.name.isEmpty ? Self.hostName : settings.mqtt.name
        if let problem = TopicName.problem(level: name) {
            throw StartError("the machine's name \(problem); set mqtt.name", exitCode: EX_CONFIG)
        }
        (self.name, self.settings, self.logger) = (name, settings, logger)
        topics = Topics(base: settings.mqtt.baseTopic, name: name, discoveryPrefix: settings.mqtt.discoveryPrefix)
        access = try BrokerAccess(settings.mqtt, name: name, environment: environment)
        socketPath = settings.socket.path.isEmpty ? SocketPath.client(environment: environment) : settings.socket.path
    }

    /// Goes on until SIGTERM or SIGINT.
    ///
    /// - Throws: ``StartError`` where there can be no thread.
    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let notifier = Notifier()
        let broker = Broker(
            access, topics: topics, hermes: settings.mqtt.hermes, logger: logger, tell: { notifier.status($0) })
        let bridge = Bridge(
            name: name, topics: topics, broker: broker, hermes: settings.mqtt.hermes, socketPath: socketPath,
            logger: logger)
        let thread = try broker.start()
        logger.notice("telling \(access.address) of \(topics.root)")
        notifier.ready(status: "Connecting to \(access.address)")
        let follower = DaemonFollower(path: socketPath)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await follower.run { await bridge.take($0) } }
            group.addTask { await bridge.obey() }
            for await _ in signals { break }
            notifier.stopping()
            group.cancelAll()
            broker.stop(thread)
        }
        logger.notice("stopped")
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
