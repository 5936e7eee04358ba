import Protocol
import Realtime
import Synchronization

/// Follows a daemon through its restarts, and passes on every keyword once: also what was heard while there was no
/// connection, as far as the daemon remembers it (its last 256).
///
///     try await DaemonFollower(path: path).run { news in … }
///
/// What was missed comes when the connection stands again, so it may be old: `KeywordEvent.timestamp` tells. A daemon that
/// does not answer in ``patience`` when it is asked, or is lost otherwise, is connected to again, once a second at last.
public final class DaemonFollower: Sendable {
    public enum News: Sendable {
        /// The connection stands.
        case connected(HelloMessage)
        case status(StatusMessage)
        /// A keyword, and the line as the daemon sent it.
        case keyword(KeywordEvent, line: String)
        /// Something else that was subscribed to, or asked for with every heartbeat.
        case other(ReceivedMessage)
        /// The daemon has forgotten some keywords that came while there was no connection.
        case missed
        /// There is no daemon, or it does not answer; told once until it is there again or the reason is another.
        case lost(reason: String)
    }

    /// Up to where keywords were passed on.
    private struct Place {
        /// The newest keyword, or the newest that was there before.
        var id: UInt64
        var timestamp: Timestamp
        /// The run of the daemon that counted so: without a state directory the next one counts from 1 again.
        var started: Timestamp
    }

    /// What one connection passed on. What is missed comes after what happens meanwhile, so the newest alone does not tell.
    private struct Passed {
        /// Up to where former connections came.
        let before: Place
        var ids: [UInt64] = []

        func isNew(_ event: KeywordEvent, started: Timestamp) -> Bool {
            guard !ids.contains(event.id) else { return false }
            return event.id > before.id || started != before.started && event.timestamp > before.timestamp
        }
    }

    private let path: String
    private let types: Set<EventType>
    private let questions: [Request]
    private let replaysAll: Bool
    private let heartbeat: @Sendable () async -> Duration
    private let current = Mutex<EventClient?>(nil)
    private let place = Mutex<Place?>(nil)
    private let passed = Mutex<Passed?>(nil)

    /// In which a daemon must answer.
    public static let patience = Duration.seconds(3)
    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(1)
    /// More than the daemon remembers.
    private static let mostPassed = 512
    private static let mostWaiting = 4096

    /// - Parameters:
    ///   - types: what is passed on unasked.
    ///   - replaysAll: whether also what was heard before the first connection is passed on, as far as the daemon remembers.
    ///   - questions: what the daemon is asked with every heartbeat, to see whether it still answers; the answers are news.
    ///   - heartbeat: how long until the next one.
    public init(
        path: String, types: Set<EventType> = [.keyword, .status], replaysAll: Bool = false,
        questions: [Request] = [.status], heartbeat: @escaping @Sendable () async -> Duration = { .seconds(20) }
    ) {
        (self.path, self.types, self.replaysAll) = (path, types, replaysAll)
        (self.questions, self.heartbeat) = (questions, heartbeat)
    }

    /// The connection that stands, for questions of one's own; nil while there is none.
    public var client: EventClient? { current.withLock { $0 } }

    /// Goes on until the task is cancelled. Calls of `take` do not overlap; it returns soon.
    public func run(_ take: @escaping @Sendable (News) async -> Void) async {
        var pause = Self.shortestPause
        var told: String?
        while !Task.isCancelled {
            var reason = "the daemon closed the connection"
            do {
                let client = try await EventClient.connect(to: path, timeout: Self.patience)
                (pause, told) = (Self.shortestPause, nil)
                try await follow(client, take)
            } catch {
                reason = "\(error)"
            }
            guard !Task.isCancelled else { return }
            if told != reason { await take(.lost(reason: reason)) }
            told = reason
            try? await SingleThread.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func follow(_ client: EventClient, _ take: @escaping @Sendable (News) async -> Void) async throws {
        let (news, continuation) = AsyncStream.makeStream(
            of: News.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        let since = place.withLock { $0 }
        let nothing = Place(id: 0, timestamp: Timestamp(millisecondsSince1970: 0), started: client.hello.started)
        passed.withLock { $0 = (since ?? (replaysAll ? nothing : nil)).map { Passed(before: $0) } }
        current.withLock { $0 = client }
        defer { current.withLock { $0 = nil } }
        let following = Task {
            defer { continuation.finish() }
            try await readAndAsk(client, since: since) { continuation.yield($0) }
        }
        for await one in news { await take(one) }
        following.cancel()
        try await following.value
    }

    /// Reads in one task and asks in another, until one of the two ends: then neither goes on.
    private func readAndAsk(
        _ client: EventClient, since: Place?, _ tell: @escaping @Sendable (News) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await message in client.messages {
                    if let news = self.news(of: message, client) { tell(news) }
                }
            }
            group.addTask { try await self.keepAsking(client, since: since, tell) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func keepAsking(_ client: EventClient, since place: Place?, _ tell: (News) -> Void) async throws {
        _ = try await client.answer(to: .subscribe(types), timeout: Self.patience)
        if replaysAll || place != nil {
            // Of another run everything is looked at: its ids may have begun again.
            let since = place.flatMap { $0.started == client.hello.started ? $0.id : nil } ?? 0
            let answer = try await client.answer(to: .events(since: since), timeout: Self.patience)
            if case .events(let end) = answer.content, end.incomplete, since > 0 { tell(.missed) }
        }
        // The state came by itself.
        var asked = questions.filter { $0 != .status }
        while true {
            for question in asked { tell(Self.news(of: try await client.answer(to: question, timeout: Self.patience))) }
            asked = questions
            try await SingleThread.sleep(for: await heartbeat())
        }
    }

    private static func news(of answer: ReceivedMessage) -> News {
        if case .status(let status) = answer.content { .status(status) } else { .other(answer) }
    }

    /// Nil for what was passed on already.
    private func news(of message: ReceivedMessage, _ client: EventClient) -> News? {
        switch message.content {
        case .hello(let hello): return .connected(hello)
        case .status(let status):
            begin(at: status, client)
            return .status(status)
        case .keyword(let event): return isNew(event, client) ? .keyword(event, line: message.line) : nil
        default: return .other(message)
        }
    }

    /// The first time nothing is made up for: what was heard before is not missed.
    private func begin(at status: StatusMessage, _ client: EventClient) {
        place.withLock { place in
            guard place == nil else { return }
            let last = status.lastEvent
            place = Place(
                id: last?.id ?? 0, timestamp: last?.timestamp ?? client.hello.started, started: client.hello.started)
        }
    }

    private func isNew(_ event: KeywordEvent, _ client: EventClient) -> Bool {
        let started = client.hello.started
        let isNew = passed.withLock { passed in
            guard passed?.isNew(event, started: started) ?? true else { return false }
            passed?.ids.append(event.id)
            if passed?.ids.count ?? 0 > Self.mostPassed { passed?.ids.removeFirst() }
            return true
        }
        guard isNew else { return false }
        place.withLock { place in
            if let known = place, known.started == started, known.id > event.id { return }
            place = Place(id: event.id, timestamp: event.timestamp, started: started)
        }
        return true
    }
}
