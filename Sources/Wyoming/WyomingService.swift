import Enrolment
import Glibc
import Logging
import Models
import NIOCore
import Protocol
import Realtime
import Server
import ServiceManager
import ServiceSettings
import Spotting
import UnixSignals

/// Hears words in the audio of any number of clients, by the Wyoming protocol. It has a model of its own, no daemon and no
/// microphone.
public struct WyomingService: Sendable {
    private let settings: Settings.Wyoming
    private let vocabulary: Vocabulary
    private let logger: Logger

    /// Opens the model, and has the files that it needs allowed.
    ///
    /// - Throws: ``StartError``.
    public init(
        settings: Settings, environment: [String: String], logger: Logger
    ) throws(StartError) {
        self.settings = settings.wyoming
        self.logger = logger
        do throws(DescriptorShortage) {
            let notice = try DescriptorLimit.prepare(
                needed: Self.neededDescriptors, connections: settings.wyoming.maximumConnections)
            if let notice { logger.warning("\(notice)") }
        } catch {
            throw StartError(error)
        }
        let model = Self.teach(try settings.loadModel(), settings, environment, logger)
        for notice in settings.notices(for: model.description) { logger.warning("\(notice)") }
        vocabulary = Vocabulary(model, policy: try settings.startPolicy(for: model), settings: settings.wyoming)
        guard !vocabulary.names.isEmpty else {
            throw StartError(
                "no wake word is enabled; enable one in words, or set wyoming.commands", exitCode: EX_CONFIG)
        }
    }

    /// The model with the words of the folder that is configured, or of the state directory.
    private static func teach(
        _ model: Model, _ settings: Settings, _ environment: [String: String], _ logger: Logger
    ) -> Model {
        let state = environment["STATE_DIRECTORY"]?.split(separator: ":").first.map { "\($0)/words" }
        guard let folder = settings.wyoming.words.isEmpty ? state : settings.wyoming.words else { return model }
        let all = CarriedWords(OwnWordStore(path: folder), to: model)
        for problem in all.problems.prefix(10) {
            logger.warning("\(folder): the word \(problem.name) is not heard: \(problem.reason)")
        }
        logger.notice("\(all.words.count) words of one's own from \(folder)")
        return model.teaching(all.words)
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: ``StartError`` when an address cannot be had.
    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let notifier = Notifier()
        let metrics = ServerMetrics()
        let workers = Workers(
            count: settings.workers == 0 ? System.coreCount : settings.workers, vocabulary: vocabulary,
            longestDelay: .milliseconds(settings.longestDelayMilliseconds), metrics: metrics)
        let threads = try workers.start()
        let server = try await WyomingServer(
            { [settings, vocabulary, logger] in
                Connections(
                    vocabulary: vocabulary, workers: workers, metrics: metrics, most: settings.maximumConnections,
                    logger: logger)
            }, logger: logger)
        var listeners = try await listeners(of: server)
        for listener in listeners { logger.notice("serving \(listener.address)") }
        if let address = ListenAddress(settings.metrics) {
            let page = try await server.tell(metrics, of: workers, on: address)
            logger.notice("metrics at \(page.address)")
            listeners.append(page)
        }
        notifier.ready(status: "Serving \(listeners[0].address)")
        await withTaskGroup(of: Void.self) { group in
            if let interval = Notifier.watchdogInterval {
                group.addTask {
                    while !Task.isCancelled {
                        // While a worker stands, nothing is told.
                        await workers.answer()
                        notifier.watchdog()
                        try? await Task.sleep(for: interval / 3)
                    }
                }
            }
            for await _ in signals { break }
            group.cancelAll()
        }
        notifier.stopping()
        try await server.stop(listeners)
        workers.stop()
        for thread in threads { _ = thread.join(timeout: .seconds(2)) }
        logger.notice("stopped")
    }

    /// The sockets that systemd passed, or else those of the settings.
    private func listeners(of server: WyomingServer) async throws -> [WyomingServer.Listener] {
        let passed = PassedSocket.take(onlyUnix: false)
        if passed.others > 0 {
            logger.warning("\(passed.others) passed descriptors are no listening stream sockets, and were closed")
        }
        var listeners: [WyomingServer.Listener] = []
        for descriptor in passed.descriptors { listeners.append(try await server.listen(on: descriptor)) }
        guard listeners.isEmpty else { return listeners }
        guard !settings.addresses.isEmpty else {
            throw StartError("wyoming.uri names no address; give one like tcp://0.0.0.0:10400", exitCode: EX_CONFIG)
        }
        for address in settings.addresses.compactMap(ListenAddress.init) {
            listeners.append(try await server.listen(on: address))
        }
        return listeners
    }

    /// What the process has beside its clients: libraries, log, model, event loop and a worker for each processor.
    private static var neededDescriptors: Int { 64 + 4 * System.coreCount }
}
