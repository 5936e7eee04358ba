import Events
import Glibc
import Inference
import Logging
import ServiceLifecycle
import ServiceManager
import ServiceSettings
import Spotting
import UnixSignals

/// The daemon: microphone, listening, event socket and supervision, put together.
///
/// Start: settings, model, socket, threads; ready once audio has flowed and the network has run, or it is known that there
/// is none. Stop, on SIGTERM or SIGINT: supervision first, then the microphone and what was still to be heard, then the
/// socket when every event has gone out.
public struct Daemon: Sendable {
    private let listener: Listener
    private let server: EventServer
    private let report: DaemonReport
    private let publisher: DetectionPublisher
    private let reloader: Reloader
    private let notifier = Notifier()
    private let logger: Logger

    /// Opens the model.
    ///
    /// - Parameters:
    ///   - settings: what was configured.
    ///   - readSettings: reads the configuration again, for a reload.
    public init(
        settings: Settings, environment: [String: String],
        readSettings: @escaping @Sendable () throws(SettingsError) -> Settings, threshold: LogThreshold, logger: Logger
    ) throws(StartError) {
        let model = try settings.loadModel()
        let policy = try settings.startPolicy(for: model)
        let listener = Listener(
            source: settings.capture.source, keepSeconds: settings.capture.keepSeconds, model: model, policy: policy,
            shadow: try settings.loadShadow())
        self.listener = listener
        self.logger = logger
        for notice in settings.notices(for: model.description) { logger.warning("\(notice)") }
        reloader = Reloader(settings, listener: listener, threshold: threshold, readSettings: readSettings)
        let comparer = ShadowComparer(listener)
        report = DaemonReport(
            listener: listener, reloader: reloader, comparer: comparer, version: attunedVersion, logger: logger)
        let journal = Journaled(environment: environment, logger: logger)
        var socket = Self.socket(settings, environment: environment, logger: logger)
        socket.earlierEvents = journal.earlier
        server = EventServer(configuration: socket, source: report)
        publisher = DetectionPublisher(
            listener: listener, server: server, report: report, journal: journal, comparer: comparer,
            logger: logger)
    }

    /// Runs until SIGTERM or SIGINT.
    public func run() async throws {
        do {
            for notice in try await server.start() { logger.warning("\(notice)") }
        } catch let error as SocketError {
            throw StartError(error)
        }
        do {
            try publisher.start()
            try listener.start()
        } catch {
            throw StartError("\(error)", exitCode: EX_OSERR)
        }
        logStart()
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: EventService(server: server), failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: ListeningService(listener: listener, publisher: publisher)),
                    .init(
                        service: ReloadService(reloader: reloader, notifier: notifier, logger: logger),
                        successTerminationBehavior: .ignore),
                    .init(
                        service: Supervisor(
                            listener: listener, report: report, server: server, publisher: publisher,
                            notifier: notifier, logger: logger),
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        logger.notice("stopped")
    }

    private func logStart() {
        logger.notice(
            "attuned \(attunedVersion)",
            metadata: [
                "model": "\(listener.model.description.name) \(listener.model.description.version)",
                "kernels": "\(ComputePath.best.rawValue)",
            ])
    }
}

extension Daemon {
    /// Finds what is wrong with settings and model, without opening the microphone.
    ///
    /// - Returns: what is not wrong and should be known.
    public static func check(_ settings: Settings) throws(StartError) -> [String] {
        let model = try settings.loadModel()
        _ = try settings.startPolicy(for: model)
        _ = try settings.loadShadow()
        return settings.notices(for: model.description)
    }

    private static func socket(
        _ settings: Settings, environment: [String: String], logger: Logger
    ) -> EventServer.Configuration {
        let path = settings.socket.path.isEmpty ? SocketPath.server(environment: environment) : settings.socket.path
        var configuration = EventServer.Configuration(
            path: path, group: settings.socket.group.isEmpty ? nil : settings.socket.group)
        configuration.maximumReaders = settings.socket.maximumReaders
        configuration.readerQueueBytes = settings.socket.queueKibibytes * 1024
        let passed = PassedSocket.take()
        configuration.listeningDescriptor = passed.descriptor
        if passed.others > 0 {
            logger.warning("\(passed.others) passed descriptors are no listening Unix stream socket, and were closed")
        }
        configuration.onIncident = { logger.warning("\($0)") }
        return configuration
    }
}
