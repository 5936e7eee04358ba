import Events
import HTTPTypes
import ServiceLifecycle

/// The connection to the daemon, kept up for as long as the service runs: what it tells goes to everybody who listens
/// here, and what it is asked goes over the same connection.
actor DaemonLink: Service {
    /// Something that a page is told as it happens.
    struct LiveEvent: Sendable {
        /// The id of a keyword event, to go on after.
        let id: UInt64?
        let type: String
        let line: JSONLine
    }

    private let path: String
    private var client: EventClient?
    private var status: StatusMessage?
    /// Why there is no connection; nil while there is one.
    private var failure: String? = "not asked yet"
    private var history: [KeywordEvent] = []
    private var listeners: [Int: AsyncStream<LiveEvent>.Continuation] = [:]
    private var lastListener = 0

    private static let mostKept = 256
    /// Events that may wait for a page that does not take them.
    private static let mostWaiting = 256
    static let mostListeners = 64

    init(path: String) { self.path = path }

    /// Connects, and again whenever the connection is lost.
    func run() async {
        await cancelWhenGracefulShutdown { await self.keepUp() }
        for listener in listeners.values { listener.finish() }
    }

    private func keepUp() async {
        var pause = Duration.milliseconds(100)
        while !Task.isCancelled {
            do {
                let client = try await EventClient.connect(to: path)
                pause = .milliseconds(100)
                self.client = client
                failure = nil
                try await follow(client)
                failure = "the daemon closed the connection"
            } catch {
                failure = "\(error)"
            }
            client = nil
            status = nil
            tell(LiveEvent(id: nil, type: "status", line: statusLine))
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
    }

    private func follow(_ client: EventClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await client.answer(to: .subscribe([.keyword, .status, .gap]))
                _ = try await client.answer(to: .events(since: self.history.last?.id ?? 0))
                while true {
                    if case .status(let status) = try await client.answer(to: .status).content {
                        await self.take(status)
                    }
                    // Often only while somebody watches the level.
                    try await Task.sleep(for: self.listeners.isEmpty ? .seconds(2) : .milliseconds(500))
                }
            }
            defer { group.cancelAll() }
            for try await message in client.messages { take(message) }
        }
    }

    private func take(_ message: ReceivedMessage) {
        switch message.content {
        case .status(let status): take(status)
        case .keyword(let event):
            // A daemon without a memory of its last run counts from one again.
            if let last = history.last, event.id <= last.id { history = [] }
            history.append(event)
            if history.count > Self.mostKept { history.removeFirst() }
            tell(LiveEvent(id: event.id, type: KeywordEvent.type, line: event.jsonLine()))
        case .gap(let gap): tell(LiveEvent(id: nil, type: GapEvent.type, line: gap.jsonLine()))
        default: break
        }
    }

    private func take(_ status: StatusMessage) {
        self.status = status
        tell(LiveEvent(id: nil, type: StatusMessage.type, line: statusLine))
    }

    private func tell(_ event: LiveEvent) {
        for listener in listeners.values { listener.yield(event) }
    }
}

// What routes ask.
extension DaemonLink {
    /// Whether the daemon hears, or would if it were not muted.
    var isReady: Bool {
        switch status?.state {
        case .listening, .degraded, .muted: true
        default: false
        }
    }

    /// The model that the daemon hears with; nil without one.
    var model: (name: String, version: String)? { status.map { ($0.model, $0.modelVersion) } }

    /// The daemon's status as it stands on its socket; without a connection, state and reason alone.
    var statusLine: JSONLine {
        if failure == nil, let status { return status.jsonLine() }
        var line = JSONLine(type: StatusMessage.type)
        line.add("state", "unreachable")
        line.add("reason", failure ?? "it has not told its state yet")
        return line
    }

    /// What happened after an event (nil: only what comes), and everything from now on. Nil if too many listen already.
    func listen(since id: UInt64?) -> AsyncStream<LiveEvent>? {
        guard listeners.count < Self.mostListeners else { return nil }
        let (stream, continuation) = AsyncStream.makeStream(
            of: LiveEvent.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        continuation.yield(LiveEvent(id: nil, type: StatusMessage.type, line: statusLine))
        if let id {
            for event in history where event.id > id {
                continuation.yield(LiveEvent(id: event.id, type: KeywordEvent.type, line: event.jsonLine()))
            }
        }
        lastListener += 1
        listeners[lastListener] = continuation
        // When the stream is let go, however that came.
        continuation.onTermination = { [lastListener] _ in Task { await self.forget(lastListener) } }
        return stream
    }

    private func forget(_ number: Int) { listeners[number] = nil }

    /// Asks the daemon.
    ///
    /// - Throws: ``Problem``: 503 without a daemon, 403 for what this service may not do.
    func ask(_ request: Request) async throws -> ReceivedMessage {
        guard let client else {
            throw Problem.busy(
                .serviceUnavailable, failure ?? "there is no connection to the daemon", retryAfterSeconds: 2)
        }
        return try await Self.answer(of: client, to: request)
    }

    private static let silent = Problem.busy(
        .serviceUnavailable, "the daemon does not answer", retryAfterSeconds: 2)

    private func connect() async throws -> EventClient {
        do {
            return try await EventClient.connect(to: path)
        } catch {
            throw Self.silent
        }
    }

    private static func answer(
        of client: EventClient, to request: Request, timeout: Duration = .seconds(5)
    ) async throws -> ReceivedMessage {
        do {
            return try await client.answer(to: request, timeout: timeout)
        } catch let error as ErrorMessage {
            let isForbidden = error.code == ErrorMessage.Code.notPermitted.rawValue
            throw Problem(isForbidden ? .forbidden : .conflict, error.error)
        } catch {
            throw silent
        }
    }

    /// Has the daemon go over to another model; nil where there is no daemon.
    ///
    /// Over a connection of its own: the daemon answers in order, and this takes its time.
    ///
    /// - Throws: ``Problem`` with the daemon's reason: 409, or 403 for what this service may not do.
    func activate(_ choice: ModelChoice) async throws -> ActivateAnswer? {
        guard client != nil else { return nil }
        let own = try await connect()
        defer { Task { await own.close() } }
        let answer = try await Self.answer(of: own, to: .activate(choice), timeout: .seconds(30))
        guard case .activate(let activated) = answer.content else { throw Self.silent }
        return activated
    }

    /// The daemon's counters; nil without one.
    func metrics() async -> MetricsReport? {
        guard case .metrics(let report) = try? await ask(.metrics).content else { return nil }
        return report
    }
}
