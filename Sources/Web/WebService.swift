import Events
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceManager
import ServiceSettings

/// The web side: routes over HTTP, put together. It reads the daemon's socket, recognises uploads by itself, and has no
/// microphone.
public struct WebService: Sendable {
    private let settings: Settings
    private let responder: RouterResponder<WebContext>
    private let daemon: DaemonLink
    private let recognizer: Recognizer
    private let logger: Logger

    /// Opens the model and reads the token.
    ///
    /// - Throws: ``StartError``.
    public init(settings: Settings, environment: [String: String], logger: Logger) throws(StartError) {
        self.settings = settings
        self.logger = logger
        let web = settings.web
        recognizer = try Self.recognizer(settings)
        let path = settings.socket.path.isEmpty ? SocketPath.client(environment: environment) : settings.socket.path
        daemon = DaemonLink(path: path)
        let metrics = WebMetrics()
        let uploads = UploadReader(
            limitBytes: web.maximumUploadMegabytes * 1_000_000, patience: .seconds(web.uploadSeconds))
        let control = ControlRoutes(
            daemon: daemon, recognizer: recognizer, settings: settings, token: try Self.token(web))
        let routes = Self.routes(recognizer, uploads, metrics, daemon, control)
        let router = Router(context: WebContext.self)
        var methods: [String: Set<HTTPRequest.Method>] = [:]
        for route in routes { methods[route.path, default: []].insert(route.method) }
        router.add(
            middleware: RequestGuard(
                limiter: RateLimiter(perMinute: web.requestsPerMinute), metrics: metrics, methods: methods))
        let origins = web.corsOrigins.split(separator: " ").map(String.init)
        if !origins.isEmpty { router.add(middleware: CrossOrigin(origins: Set(origins))) }
        for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
        responder = router.buildResponder()
    }

    /// Serves until SIGTERM or SIGINT, and finishes what runs.
    ///
    /// - Throws: ``StartError`` when the address cannot be had.
    public func run() async throws {
        let web = settings.web
        let notifier = Notifier()
        let logger = logger
        var application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(web.host, port: web.port), serverName: "attune-web",
                availableConnectionsDelegate: .maximum(web.maximumConnections, logger: logger)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? web.port
                logger.notice("serving http://\(web.host.contains(":") ? "[\(web.host)]" : web.host):\(port)")
                notifier.ready(status: "Serving port \(port)")
            }, logger: logger)
        application.addServices(daemon, ManagerService(recognizer: recognizer, notifier: notifier))
        do {
            try await application.runService()
        } catch let error as IOError {
            throw StartError(
                "cannot listen on \(web.host):\(web.port): \(String(cString: strerror(error.errnoCode))); "
                    + "give another web.port or web.host", exitCode: EX_UNAVAILABLE)
        }
        logger.notice("stopped")
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
        _ control: ControlRoutes
    ) -> [Route] {
        let recognition = RecognitionRoutes(recognizer: recognizer, uploads: uploads, metrics: metrics)
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
            Route(.get, "/api/events", EventRoutes(daemon: daemon).events),
            Route(.post, "/api/mute", control.mute),
            Route(.post, "/api/unmute", control.unmute),
            Route(.post, "/api/models/activate", control.activate),
        ]
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

    /// The first line of the token's file; nil where there is none to be.
    private static func token(_ web: Settings.Web) throws(StartError) -> String? {
        guard !web.tokenFile.isEmpty else { return nil }
        func failure(_ reason: String) -> StartError {
            StartError("\(web.tokenFile), the token of web.token_file: \(reason)", exitCode: EX_NOINPUT)
        }
        guard let file = fopen(web.tokenFile, "re") else { throw failure(String(cString: strerror(errno))) }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 1024)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { throw failure("is empty") }
        let line = buffer.prefix { $0 != 0 && $0 != 10 && $0 != 13 }.map { UInt8(bitPattern: $0) }
        guard line.count >= 16 else { throw failure("has less than 16 characters; try `openssl rand -hex 16`") }
        return String(decoding: line, as: UTF8.self)
    }
}
