import Capture
import Glibc
import Inference
import Listening
import Logging
import Models
import Protocol
import Realtime
import Server
import ServiceLifecycle
import ServiceManager
import ServiceSettings
import Spotting
import Synchronization
import Time

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
    private let muteRecord: MuteRecord
    private let socketAdvice: String?
    private let activator: ModelActivator
    /// Whether there are words that were taught to another model and can be fitted to this one.
    private let hasForeignWords: Bool
    private let notifier = Notifier()
    private let logger: Logger

    /// Opens the model.
    ///
    /// - Parameters:
    ///   - settings: what was configured.
    ///   - readSettings: reads the configuration again, to take the place of the settings that it is given.
    ///   - log: where `logger` writes.
    public init(
        settings: Settings, environment: [String: String],
        readSettings: @escaping @Sendable (Settings) throws(SettingsError) -> Settings, log: LogOutput, logger: Logger
    ) throws(StartError) {
        try Self.prepareDescriptors(settings, logger: logger)
        let folder = StateFolder.path(environment: environment)
        let taught = TaughtWords(folder: folder, logger: logger)
        let (model, hasForeignWords) = taught.teach(try settings.loadModel())
        self.hasForeignWords = hasForeignWords
        // What is wrong with the configuration is so whatever was set since.
        _ = try settings.startPolicy(for: model)
        let overrides = OverrideRecord(folder: folder, logger: logger)
        let layered = settings.overridden(by: overrides.current, for: model.description)
        if let problem = layered.problem { logger.warning("\(problem.leftOut)") }
        let policy = try layered.settings.startPolicy(for: model)
        let listener = Listener(
            source: layered.settings.capture.source, keepSeconds: settings.capture.keepSeconds, model: model,
            policy: policy,
            shadow: try settings.loadShadow(teach: taught.shadow))
        self.listener = listener
        self.logger = logger
        for notice in settings.notices(for: model.description) { logger.warning("\(notice)") }
        reloader = Reloader(
            settings, overrides: overrides, listener: listener, threshold: log.threshold, readSettings: readSettings)
        let comparer = ShadowComparer(listener)
        muteRecord = MuteRecord(folder: folder, logger: logger)
        if muteRecord.current != nil { listener.microphone.setMuted(true) }
        activator = ModelActivator(listener, reloader, taught: taught, logger: logger)
        let marks = MarkService(
            folder: folder, listener: listener, reloader: reloader,
            learning: LearningService(listener, activator, taught, logger: logger), logger: logger)
        report = DaemonReport(
            listener: listener, reloader: reloader, comparer: comparer, muteRecord: muteRecord, taught: taught,
            activator: activator, marks: marks, version: attunedVersion, log: log, logger: logger)
        let kept = KeptEvents(folder: folder, logger: logger)
        var socket = Self.socket(settings, environment: environment, logger: logger)
        socket.earlierEvents = kept.earlier
        socketAdvice = settings.socket.path.isEmpty ? SocketPath.advice(environment: environment) : nil
        server = EventServer(configuration: socket, source: report)
        publisher = DetectionPublisher(
            listener: listener, server: server, report: report, kept: kept, marks: marks, comparer: comparer,
            logger: logger)
    }

    /// Runs until SIGTERM or SIGINT.
    public func run() async throws {
        do {
            for notice in try await server.start() { logger.warning("\(notice)") }
        } catch let error as SocketError {
            let message = [error.description, socketAdvice].compactMap(\.self).joined(separator: "; ")
            throw StartError(message, exitCode: StartError(error).exitCode)
        }
        do {
            try publisher.start()
            try listener.start()
        } catch {
            throw StartError("\(error)", exitCode: EX_OSERR)
        }
        logStart()
        if hasForeignWords { Task { await activator.carryOver() } }
        let (hangups, hangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: EventService(server: server), failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: ListeningService(listener: listener, publisher: publisher)),
                    .init(
                        service: ReloadService(
                            hangups: hangups, reloader: reloader, notifier: notifier, logger: logger),
                        successTerminationBehavior: .ignore),
                    .init(
                        service: Supervisor(
                            listener: listener, report: report, server: server, publisher: publisher,
                            muteRecord: muteRecord, notifier: notifier, logger: logger),
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                logger: logger))
        let signals = try CaughtSignals.stream([SIGTERM, SIGINT, SIGHUP])
        Task {
            for await signal in signals {
                if signal == SIGHUP { hangup.yield() } else { await group.triggerGracefulShutdown() }
            }
        }
        try await group.run()
        logger.notice("stopped")
    }

    private func logStart() {
        let description = listener.active.description
        logger.notice(
            "attuned \(attunedVersion)",
            metadata: [
                "model": "\(description.name) \(description.version)",
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

    /// What the daemon has open while it listens through a sound server, at most; a sound card takes half of it.
    private static let neededDescriptors = 48

    private static func prepareDescriptors(_ settings: Settings, logger: Logger) throws(StartError) {
        do throws(DescriptorShortage) {
            let notice = try DescriptorLimit.prepare(
                needed: neededDescriptors, connections: settings.socket.maximumReaders)
            if let notice { logger.warning("\(notice)") }
        } catch {
            throw StartError(error)
        }
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
        configuration.listeningDescriptors = passed.descriptors
        if passed.others > 0 {
            logger.warning("\(passed.others) passed descriptors are no listening Unix stream sockets, and were closed")
        }
        let budget = Mutex(LogBudget(perMinute: 20))
        configuration.onIncident = { incident in
            let (isGranted, refused) = budget.withLock { $0.take(now: MonotonicClock.nanoseconds()) }
            guard isGranted else { return }
            logger.warning("\(incident)", metadata: refused > 0 ? ["incidents_not_logged": "\(refused)"] : [:])
        }
        return configuration
    }
}
