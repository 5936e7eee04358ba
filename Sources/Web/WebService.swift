import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Protocol
import Realtime
import Server
import ServiceLifecycle
import ServiceManager
import ServiceSettings
import UnixSignals

/// The web side: routes over HTTP, put together. It reads the daemon's socket, recognises uploads by itself, and has no
/// microphone.
public struct WebService: Sendable {
    private let settings: Settings
    private let responder: RouterResponder<WebContext>
    private let daemon: DaemonLink
    private let recognizer: Recognizer
    private let logger: Logger
    private let proxies: TrustedProxies

    /// How long an upload may still arrive after the service was told to end.
    static let patienceAtTheEnd = Duration.seconds(5)
    /// After which it ends whatever still runs: the unit allows 15 s.
    private static let longestEnd = Duration.seconds(10)

    /// Opens the model, reads the token, and has the files that it needs allowed.
    ///
    /// - Throws: ``StartError``.
    public init(settings: Settings, environment: [String: String], logger: Logger) throws(StartError) {
        self.settings = settings
        self.logger = logger
        let web = settings.web
        try Self.prepareDescriptors(connections: web.maximumConnections, logger: logger)
        recognizer = try Self.recognizer(settings)
        let path = settings.socket.path.isEmpty ? SocketPath.client(environment: environment) : settings.socket.path
        let token = try ControlToken(file: web.tokenFile)
        let requests = DaemonRequests(path: path)
        // Nobody could hear them without a token.
        let clips = WordClips(requests: requests, most: token.isSet ? web.keepWords : 0)
        daemon = DaemonLink(path: path, requests: requests, clips: clips)
        let metrics = WebMetrics()
        let uploads = UploadReader(
            limitBytes: web.maximumUploadMegabytes * 1_000_000, patience: .seconds(web.uploadSeconds),
            memoryBytes: web.uploadMemoryMegabytes * 1_000_000)
        let limiter = RateLimiter(perMinute: web.requestsPerMinute)
        proxies = TrustedProxies(web.trustedProxies.compactMap { AddressRange($0) })
        let control = ControlRoutes(
            daemon: daemon, recognizer: recognizer, settings: settings, token: token)
        let history = HistoryRoutes(daemon: daemon, clips: clips, token: token)
        let ownWords = OwnWordRoutes(
            daemon: daemon, uploads: uploads, teacher: WordTeacher(recognizer), token: token)
        let learning = LearningRoutes(daemon: daemon, token: token)
        let routes = Self.routes(recognizer, uploads, metrics, daemon, control, ownWords, learning, history, limiter)
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        var methods: [String: Set<HTTPRequest.Method>] = [:]
        for route in routes {
            // What can be got can be asked for by HEAD, too.
            methods[route.path, default: []].formUnion(route.method == .get ? [.get, .head] : [route.method])
        }
        router.add(middleware: ForwardedClient(proxies: proxies))
        router.add(middleware: ContinueExpectation())
        router.add(middleware: RequestGuard(limiter: limiter, metrics: metrics, methods: methods))
        router.add(middleware: HostGuard(allowed: AllowedHosts(web.allowedHosts + [web.host])))
        if !web.corsOrigins.isEmpty { router.add(middleware: CrossOrigin(origins: Set(web.corsOrigins))) }
        for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
        responder = router.buildResponder()
    }

    /// Serves until SIGTERM or SIGINT, and finishes what runs, as far as it is done in ten seconds.
    ///
    /// - Throws: ``StartError`` when the address cannot be had.
    public func run() async throws {
        let web = settings.web
        let notifier = Notifier()
        let logger = logger
        var application = Application(
            responder: responder,
            server: HTTPServerBuilder { [proxies] responder in
                WebChannel(
                    responder: responder,
                    connections: Allotment(
                        total: web.maximumConnections, perClient: max(1, web.maximumConnections / 4)),
                    proxies: proxies)
            },
            configuration: .init(
                address: .hostname(web.host, port: web.port), serverName: "attune-web",
                availableConnectionsDelegate: .maximum(web.maximumConnections, logger: logger)),
            onServerRunning: { channel in
                try? await channel.eventLoop.submit {
                    let backoff = AcceptBackoff { code, isFirst in
                        guard isFirst else { return }
                        logger.error("cannot accept clients for now: \(String(cString: strerror(code))); they wait")
                    }
                    try channel.pipeline.syncOperations.addHandler(backoff, position: .first)
                }.get()
                let port = channel.localAddress?.port ?? web.port
                logger.notice("serving http://\(web.host.contains(":") ? "[\(web.host)]" : web.host):\(port)")
                notifier.ready(status: "Serving port \(port)")
            }, logger: logger)
        application.addServices(
            daemon, ManagerService(recognizer: recognizer, notifier: notifier),
            UploadWords(daemon: daemon, recognizer: recognizer, settings: settings, logger: logger))
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.longestEnd
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            logger.warning("what still ran was cut off")
        } catch {
            throw Self.startError(error, web) ?? error
        }
        logger.notice("stopped")
    }

    /// Why the address cannot be had; nil for an error of another kind.
    private static func startError(_ error: any Error, _ web: Settings.Web) -> StartError? {
        let reason: String
        switch error {
        case let error as IOError: reason = String(cString: strerror(error.errnoCode))
        case is SocketAddressError, is SocketAddressError.UnknownHost: reason = "there is no such host"
        default: return nil
        }
        return StartError(
            "cannot listen on \(web.host), port \(web.port): \(reason); give an address of this machine, like 127.0.0.1 "
                + "or ::1 without brackets, in web.host, or another web.port", exitCode: EX_UNAVAILABLE)
    }
}

extension WebService {
    private struct Route {
        let method: HTTPRequest.Method
        let path: String
        let handler: @Sendable (Hummingbird.Request, WebContext) async throws -> Response

        init(
            _ method: HTTPRequest.Method, _ path: String,
            _ handler: @escaping @Sendable (Hummingbird.Request, WebContext) async throws -> Response
        ) {
            (self.method, self.path, self.handler) = (method, path, handler)
        }
    }

    /// All that there is; `Page/openapi.json` describes it.
    private static func routes(
        _ recognizer: Recognizer, _ uploads: UploadReader, _ metrics: WebMetrics, _ daemon: DaemonLink,
        _ control: ControlRoutes, _ ownWords: OwnWordRoutes, _ learning: LearningRoutes, _ history: HistoryRoutes,
        _ limiter: RateLimiter
    ) -> [Route] {
        let recognition = RecognitionRoutes(
            recognizer: recognizer, uploads: uploads, metrics: metrics, limiter: limiter)
        let health = HealthRoutes(daemon: daemon, metrics: metrics)
        let numbers = MetricsRoutes(daemon: daemon, metrics: metrics)
        let models = ModelRoutes(recognizer: recognizer, daemon: daemon)
        let page = PageRoutes(recognizer: recognizer, uploads: uploads, metrics: metrics)
        let files = PageRoutes.files.map { file in
            Route(.get, file.path) { _, _ in Response(type: file.type, text: file.content) }
        }
        return files + [
            Route(.post, "/api/predict", recognition.predict),
            Route(.post, "/api/batch-predict", recognition.batch),
            Route(.post, "/api/spot", recognition.spot),
            Route(.post, "/transcribe", page.transcribe),
            Route(.get, "/health", health.health),
            Route(.get, "/readyz", health.health),
            Route(.get, "/livez", health.live),
            Route(.get, "/metrics", numbers.exposition),
            Route(.get, "/api/metrics", numbers.json),
            Route(.get, "/api/model-info", models.info),
            Route(.get, "/api/models", models.list),
            Route(.get, "/api/words", models.words),
            Route(.post, "/api/words", control.setWord),
            Route(.get, "/api/words/file", ownWords.file),
            Route(.post, "/api/words/install", ownWords.install),
            Route(.post, "/api/words/remove", ownWords.remove),
            Route(.post, "/api/words/judge", ownWords.judge),
            Route(.post, "/api/words/teach", ownWords.teach),
            Route(.get, "/api/devices", control.devices),
            Route(.post, "/api/device", control.setDevice),
            Route(.get, "/api/events", EventRoutes(daemon: daemon).events),
            Route(.get, "/api/history", history.lastDay),
            Route(.get, "/api/traces", history.traces),
            Route(.get, "/api/clip", history.clip),
            Route(.post, "/api/selftest", control.selfTest),
            Route(.post, "/api/mark", learning.mark),
            Route(.get, "/api/marks", learning.marks),
            Route(.post, "/api/marks/forget", learning.forgetMarks),
            Route(.get, "/api/learn", learning.preview),
            Route(.post, "/api/learn", learning.learn),
            Route(.post, "/api/reload", control.reload),
            Route(.post, "/api/mute", control.mute),
            Route(.post, "/api/unmute", control.unmute),
            Route(.post, "/api/models/activate", control.activate),
        ]
    }

    /// What the process has beside its clients: libraries, log, models, and event loops, three for each processor.
    private static var neededDescriptors: Int { 64 + 4 * System.coreCount }

    private static func prepareDescriptors(connections: Int, logger: Logger) throws(StartError) {
        do throws(DescriptorShortage) {
            let notice = try DescriptorLimit.prepare(needed: neededDescriptors, connections: connections)
            if let notice { logger.warning("\(notice)") }
        } catch {
            throw StartError(error)
        }
    }

    private static func recognizer(_ settings: Settings) throws(StartError) -> Recognizer {
        let model = try settings.loadModel()
        let trial = try settings.loadTrial()
        return Recognizer(
            UploadModel(model, policy: try settings.startPolicy(for: model)),
            candidate: try trial.map { trial throws(StartError) in
                Recognizer.Candidate(
                    model: UploadModel(trial, policy: try settings.startPolicy(for: trial)),
                    percent: settings.web.trialPercent)
            },
            workers: settings.web.workers == 0 ? System.coreCount : settings.web.workers,
            longestClipSeconds: settings.web.maximumClipSeconds,
            longestRecordingSeconds: settings.web.maximumRecordingSeconds)
    }
}
