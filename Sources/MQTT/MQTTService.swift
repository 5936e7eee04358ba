import Glibc
import Logging
import Protocol
import Realtime
import ServiceManager
import ServiceSettings

/// Tells an MQTT broker, and through it Home Assistant, what a daemon hears, or several. It has no microphone and needs
/// neither broker nor daemons to start: it waits for them, and says so.
public struct MQTTService: Sendable {
    private let daemons: [BridgedDaemon]
    private let logger: Logger

    /// Checks what is configured, and the files that it names.
    ///
    /// - Throws: ``StartError``.
    public init(settings: Settings, environment: [String: String], logger: Logger) throws(StartError) {
        self.logger = logger
        var daemons: [BridgedDaemon] = []
        for (name, path) in try Self.names(settings, environment) {
            var logger = logger
            if !settings.mqtt.listeners.isEmpty { logger[metadataKey: "listener"] = "\(name)" }
            daemons.append(
                BridgedDaemon(
                    name: name, socketPath: path,
                    topics: Topics(
                        base: settings.mqtt.baseTopic, name: name, discoveryPrefix: settings.mqtt.discoveryPrefix),
                    access: try BrokerAccess(settings.mqtt, name: name, environment: environment),
                    hermes: settings.mqtt.hermes, logger: logger))
        }
        self.daemons = daemons
    }

    /// Goes on until SIGTERM or SIGINT.
    ///
    /// - Throws: where there can be no thread, or no pipe for the signals.
    public func run() async throws {
        let signals = try CaughtSignals.stream([SIGTERM, SIGINT])
        let notifier = Notifier()
        let statuses = Statuses(daemons.map(\.name))
        // Before any of them tells how it does.
        notifier.ready(status: "Connecting to \(daemons[0].access.address)")
        let running = try daemons.map { daemon in
            try daemon.start { notifier.status(statuses.changed(daemon.name, to: $0)) }
        }
        await withTaskGroup(of: Void.self) { group in
            for daemon in running { group.addTask { await daemon.run() } }
            for await _ in signals { break }
            notifier.stopping()
            group.cancelAll()
            for daemon in running { daemon.broker.stop() }
            for daemon in running { daemon.broker.join(daemon.thread) }
        }
        logger.notice("stopped")
    }

    /// What is listened to, and what each is called.
    private static func names(
        _ settings: Settings, _ environment: [String: String]
    ) throws(StartError) -> [(name: String, path: String)] {
        let several = settings.mqtt.listeners.compactMap(TopicName.listener)
        guard several.isEmpty else {
            if !settings.mqtt.name.isEmpty {
                throw StartError("mqtt.name and mqtt.listeners are both set; give one of them", exitCode: EX_CONFIG)
            }
            if let twice = Dictionary(grouping: several, by: \.name).first(where: { $0.value.count > 1 })?.key {
                throw StartError("mqtt.listeners has two of the name \"\(twice)\"", exitCode: EX_CONFIG)
            }
            return several
        }
        let name = settings.mqtt.name.isEmpty ? hostName : settings.mqtt.name
        if let problem = TopicName.problem(level: name) {
            throw StartError("the machine's name \(problem); set mqtt.name", exitCode: EX_CONFIG)
        }
        let path = settings.socket.path.isEmpty ? SocketPath.client(environment: environment) : settings.socket.path
        return [(name, path)]
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
