import Client
import HTTPTypes
import Models
import Protocol
import ServiceLifecycle

/// The connection to the daemon, kept up for as long as the service runs: what it tells goes to everybody who listens
/// here, and what it is asked goes over the same connection.
///
/// The daemon is asked for its status and its numbers again and again, and routes answer with what it said last, and how
/// long ago that was; so no route waits for it. A daemon that does not answer in time counts as lost: within
/// ``period`` and `DaemonFollower.patience`, so in less than five seconds, ``failure`` says so.
actor DaemonLink: Service {
    /// Something that a page is told as it happens.
    struct LiveEvent: Sendable {
        /// The id of a keyword event, to go on after.
        let id: UInt64?
        let type: String
        /// JSON on one line, as the daemon sent it; of words with the number of their sound.
        let line: String
    }

    /// What the daemon said, and when.
    struct Told<Message: Sendable>: Sendable {
        let message: Message
        fileprivate let at = ContinuousClock.now

        var ageSeconds: Double { ((ContinuousClock.now - at) / .seconds(1)).rounded(decimals: 1) }
    }

    private let path: String
    private let requests: DaemonRequests
    private let clips: WordClips
    /// Asks often only while somebody watches the level.
    private lazy var follower = DaemonFollower(
        path: path, types: Set(EventType.allCases), replaysAll: true, questions: [.status, .metrics]
    ) { [weak self] in await self?.period ?? .seconds(1) }
    private var status: Told<StatusMessage>?
    private var report: Told<MetricsReport>?
    /// Why the daemon is not known to be there; nil while it answers.
    private var failure: String? = "not asked yet"
    /// The last keywords, by their ids.
    private var history: [Heard] = []
    private var day = DayLog()
    private var listeners: [Int: AsyncStream<LiveEvent>.Continuation] = [:]
    private var lastListener = 0
    /// Tells when the words that the daemon was taught may be others than before.
    nonisolated let wordChanges: AsyncStream<Void>
    private let wordChange: AsyncStream<Void>.Continuation
    private var wordsKnown: (keywords: [String], activations: UInt64)?
    private let places = Allotment(total: mostListeners, perClient: mostListenersOfOne)

    private struct Heard {
        let event: KeywordEvent
        let line: String

        var live: LiveEvent { LiveEvent(id: event.id, type: KeywordEvent.type, line: line) }
    }

    private var period: Duration { listeners.isEmpty ? .seconds(1) : .milliseconds(500) }
    private static let patience = DaemonFollower.patience

    private static let mostKept = 256
    /// A word that is older when it is told is of an earlier time, whose sound the daemon has no more.
    private static let youngMilliseconds: Int64 = 8000
    /// Events that may wait for a page that does not take them.
    private static let mostWaiting = 256
    private static let mostListeners = 64
    private static let mostListenersOfOne = 8

    init(path: String, requests: DaemonRequests, clips: WordClips) {
        self.path = path
        self.requests = requests
        self.clips = clips
        (wordChanges, wordChange) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Connects, and again whenever the connection is lost.
    func run() async {
        let follower = follower
        await cancelWhenGracefulShutdown {
            async let telling: Void = self.keepTellingOfLoss()
            await follower.run { await self.take($0) }
            await telling
        }
        for listener in listeners.values { listener.finish() }
    }

    /// Whoever listens is told every second that there is no daemon, so that a page knows that the service is there, and one
    /// that has left is noticed.
    private func keepTellingOfLoss() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            if failure != nil { tell(LiveEvent(id: nil, type: StatusMessage.type, line: statusLine.text)) }
        }
    }

    private func take(_ news: DaemonFollower.News) async {
        switch news {
        case .connected, .missed: break
        case .status(let status): take(status)
        case .keyword(let event, _): await take(event)
        case .other(let message): await take(message)
        case .lost(let reason):
            (failure, status, report, wordsKnown) = (reason, nil, nil, nil)
            day.add(state: "unreachable", reason: reason, since: Timestamp.now())
            tell(LiveEvent(id: nil, type: StatusMessage.type, line: statusLine.text))
        }
    }

    private func take(_ event: KeywordEvent) async {
        var line = event.jsonLine()
        line.add("clip", await clip(.word, event.timestamp, event.startSample, event.endSample))
        // A daemon without a memory of its last run counts from one again; of one that has, what was missed may come late.
        if let last = history.last, event.id <= last.event.id, event.timestamp > last.event.timestamp { history = [] }
        let heard = Heard(event: event, line: line.text)
        let place = history.lastIndex { $0.event.id < event.id }.map { $0 + 1 } ?? 0
        history.insert(heard, at: place)
        if history.count > Self.mostKept { history.removeFirst() }
        day.add(.word, at: event.timestamp, line)
        tell(heard.live)
    }

    private func take(_ message: ReceivedMessage) async {
        switch message.content {
        case .nearMiss(let event): await take(event, event.word, .nearWord)
        case .suppressed(let event): await take(event, event.word, .nearWord)
        case .shadow(let event): await take(event, event.word, .shadow)
        case .gap(let gap):
            day.add(.gap, at: gap.timestamp, gap.jsonLine())
            tell(LiveEvent(id: nil, type: GapEvent.type, line: message.line))
        case .metrics(let report):
            self.report = Told(message: report)
            day.add(report)
            tellOfWords()
        default: break
        }
    }

    /// A word that is no event.
    private func take(_ message: some SocketMessage, _ word: HeardWord, _ kind: DayLog.Kind) async {
        var line = message.jsonLine()
        line.add("clip", await clip(.nearWord, word.timestamp, word.startSample, word.endSample))
        day.add(kind, at: word.timestamp, line)
        tell(LiveEvent(id: nil, type: type(of: message).type, line: line.text))
    }

    /// Has the sound of a word kept, if the daemon can still have it: not of what it tells of an earlier time.
    private func clip(_ kind: WordClips.Kind, _ timestamp: Timestamp, _ start: UInt64, _ end: UInt64) async -> Int? {
        let age = Timestamp.now().millisecondsSince1970 - timestamp.millisecondsSince1970
        guard age < Self.youngMilliseconds else { return nil }
        return await clips.keep(kind, from: start, to: end)
    }

    private func take(_ status: StatusMessage) {
        self.status = Told(message: status)
        failure = nil
        day.add(state: status.state.rawValue, reason: status.reason, since: status.since)
        day.add(levelDBFS: status.levelDBFS, peakDBFS: status.peakDBFS)
        tell(LiveEvent(id: nil, type: StatusMessage.type, line: statusLine.text))
    }

    /// Words are taught, changed and forgotten as another model takes over.
    private func tellOfWords() {
        guard let status, let report else { return }
        let now = (keywords: status.message.keywords, activations: report.message.modelActivations)
        if let wordsKnown, wordsKnown == now { return }
        wordsKnown = now
        wordChange.yield()
    }

    private func tell(_ event: LiveEvent) {
        for listener in listeners.values { listener.yield(event) }
    }
}

// What routes ask.
extension DaemonLink {
    /// Whether the daemon hears, or would if it were not muted.
    var isReady: Bool {
        switch status?.message.state {
        case .listening, .degraded, .muted: true
        default: false
        }
    }

    /// The model that the daemon hears with; nil without one.
    var model: (name: String, version: String)? { status.map { ($0.message.model, $0.message.modelVersion) } }

    /// What the daemon listens for; nil without one.
    var words: WordsAnswer? {
        get async {
            guard follower.client != nil,
                case .words(let known) = try? await requests.answer(to: .ownWords(.list)).content
            else { return nil }
            return known
        }
    }

    /// A word of one's own.
    ///
    /// - Parameter wantsTakes: whether the recordings that it was taught with are asked for, too.
    /// - Throws: ``Problem``: as of ``DaemonRequests/answer(to:timeout:)``, and 409 for a word that cannot be read.
    func ownWord(_ name: String, wantsTakes: (OwnWord) -> Bool) async throws -> OwnWordFile {
        let known = try await ownWord(name)
        guard let content = known.word else { throw ControlRoutes.notUnderstood }
        var file: OwnWordFile
        do throws(OwnWordError) {
            file = OwnWordFile(try OwnWord(content: content))
        } catch {
            throw Problem(.conflict, "the daemon's word \(known.name): \(error)")
        }
        for take in wantsTakes(file.word) ? known.takes : [] {
            file.takes[take] = try await ownWord(name, take: take).recording
        }
        return file
    }

    private func ownWord(_ name: String, take: Int? = nil) async throws -> WordAnswer {
        let answer = try await requests.answer(to: .ownWords(.get(name: name, take: take)))
        guard case .word(let word) = answer.content else { throw ControlRoutes.notUnderstood }
        return word
    }

    /// The daemon's counters, as it told them last; nil without one.
    var metrics: Told<MetricsReport>? { report }

    /// All that happened in the last day.
    var lastDay: JSONLine { day.history }

    /// Level, processor and memory over time.
    var traces: JSONLine { day.traces }

    /// The daemon's status as it stands on its socket, how long ago it said so, and what time it is here; without a
    /// daemon, state, reason and time alone.
    var statusLine: JSONLine {
        if failure == nil, let status {
            var line = status.message.jsonLine()
            line.add("age_seconds", status.ageSeconds)
            line.add("now", Timestamp.now())
            return line
        }
        var line = JSONLine(type: StatusMessage.type)
        line.add("state", "unreachable")
        line.add("reason", failure ?? "it has not told its state yet")
        line.add("now", Timestamp.now())
        return line
    }

    /// What happened after an event (nil: only what comes), and everything from now on.
    ///
    /// - Throws: ``Problem``: 429 if this client listens often enough already, 503 if all together do.
    func listen(since id: UInt64?, client: String) throws(Problem) -> AsyncStream<LiveEvent> {
        switch places.take(for: client) {
        case .granted: break
        case .partIsTaken:
            throw Problem.busy(
                .tooManyRequests, "\(Self.mostListenersOfOne) streams of events are the most for one client",
                retryAfterSeconds: 10)
        case .allIsTaken:
            throw Problem.busy(
                .serviceUnavailable, "\(Self.mostListeners) readers of events are the most at once",
                retryAfterSeconds: 10)
        }
        let (stream, continuation) = AsyncStream.makeStream(
            of: LiveEvent.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        continuation.yield(LiveEvent(id: nil, type: StatusMessage.type, line: statusLine.text))
        if let id { for heard in history where heard.event.id > id { continuation.yield(heard.live) } }
        lastListener += 1
        listeners[lastListener] = continuation
        // When the stream is let go, however that came.
        continuation.onTermination = { [lastListener] _ in Task { await self.forget(lastListener, of: client) } }
        return stream
    }

    private func forget(_ number: Int, of client: String) {
        listeners[number] = nil
        places.give(of: client)
    }

    /// Has the daemon do something, and gives its answer; ``statusLine`` then tells how it is afterwards.
    ///
    /// - Throws: ``Problem``: 503 without a daemon, 403 for what this service may not do, 409 with the daemon's reason.
    @discardableResult
    func order(_ request: Request, timeout: Duration = patience) async throws -> ReceivedMessage {
        guard let client = follower.client else {
            throw Problem.busy(
                .serviceUnavailable, failure ?? "there is no connection to the daemon", retryAfterSeconds: 2)
        }
        let answer = try await requests.answer(to: request, timeout: timeout)
        try? await refresh(client)
        return answer
    }

    /// Asks without waiting for the next heartbeat.
    private func refresh(_ client: EventClient) async throws {
        if case .status(let status) = try await client.answer(to: .status, timeout: Self.patience).content {
            take(status)
        }
        await take(try await client.answer(to: .metrics, timeout: Self.patience))
    }

    /// Has the daemon go over to another model; nil where there is no daemon.
    ///
    /// - Throws: ``Problem`` with the daemon's reason: 409, or 403 for what this service may not do.
    func activate(_ choice: ModelChoice) async throws -> ActivateAnswer? {
        guard follower.client != nil else { return nil }
        let answer = try await order(.activate(choice), timeout: .seconds(30))
        guard case .activate(let activated) = answer.content else { return nil }
        return activated
    }
}
