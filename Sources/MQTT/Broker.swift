internal import CMosquitto
import Glibc
import Logging
import Protocol
import Realtime
import ServiceSettings
import Synchronization

/// Publishes to a broker, over as many connections as that takes, on the thread "mqtt". Nobody waits for it: what is to be
/// sent goes to an ``Outbox``.
final class Broker: Sendable {
    /// What somebody at the broker wants.
    enum Order: Sendable, Equatable {
        case mute(Bool)
        /// Hermes: words are told, or not for now.
        case hermes(Bool, siteID: String?)
    }

    /// What comes from the broker; the newest few, if nobody takes them.
    let orders: AsyncStream<Order>
    private let told: AsyncStream<Order>.Continuation
    private let access: BrokerAccess
    private let topics: Topics
    private let subscriptions: [String]
    private let logger: Logger
    private let tell: @Sendable (String) -> Void
    private let outbox: Mutex<Outbox>
    private let isStopping = Atomic<Bool>(false)
    private let wakeup = Wakeup()

    /// In which a broker must have taken what is left at the end.
    private static let patienceAtTheEnd = Duration.seconds(1)

    /// - Parameter tell: is told in a sentence how the connection does.
    init(
        _ access: BrokerAccess, topics: Topics, hermes: Bool, logger: Logger, tell: @escaping @Sendable (String) -> Void
    ) {
        (self.access, self.topics, self.logger, self.tell) = (access, topics, logger, tell)
        let hermesTopics = hermes ? [Topics.hermesOn, Topics.hermesOff] : []
        subscriptions = [topics.mutedSet] + [topics.homeAssistantStatus].compactMap { $0 } + hermesTopics
        outbox = Mutex(Outbox(missedTopic: topics.missed))
        (orders, told) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(8))
    }

    /// Publishes a state, once it is another than before; or, `again`, even if it is not.
    func set(_ state: Message, again: Bool = false) {
        outbox.withLock { $0.set(state, again: again) }
        wakeup.signal()
    }

    func add(_ event: Message) {
        let isFull = outbox.withLock { $0.add(event) }
        wakeup.signal()
        if isFull, outbox.withLock({ $0.missed }) == 1 {
            logger.warning("\(Outbox.capacity) keywords wait for the broker; the oldest are given up from now on")
        }
    }

    /// Starts the thread; it ends after ``stop()``.
    ///
    /// - Throws: ``RealtimeThread/CreationError``.
    func start() throws -> RealtimeThread {
        mosquitto_lib_init()
        return try RealtimeThread(name: "mqtt") { self.keepConnected() }
    }

    /// Says `offline`, once all that was heard is told, for a second at most, and ends.
    func stop() {
        set(.state(topics.availability, Topics.offline))
        isStopping.store(true, ordering: .releasing)
        wakeup.signal()
    }

    /// Waits for the end, after ``stop()``.
    func join(_ thread: RealtimeThread) {
        // A connection into nowhere is not waited for; it ends with the process.
        _ = thread.join(timeout: Self.patienceAtTheEnd * 2)
        told.finish()
        let waiting = outbox.withLock { $0.waiting }
        if waiting > 0 { logger.warning("\(waiting) messages could not be sent before the end") }
    }

    private var isWanted: Bool { !isStopping.load(ordering: .acquiring) }

    private func keepConnected() {
        var reconnecting = Reconnecting()
        while isWanted {
            let began = ContinuousClock.now
            let (end, wasAccepted) = connectOnce(reconnecting.role)
            guard isWanted, end != .stopped else { return }
            let pause = reconnecting.pause(after: end, wasAccepted: wasAccepted, lasted: ContinuousClock.now - began)
            if let problem = reconnecting.newProblem(access) {
                logger.error("\(problem)")
                tell(problem)
            }
            wait(pause)
        }
    }

    private func connectOnce(_ role: Session.Role) -> (Session.End, wasAccepted: Bool) {
        outbox.withLock {
            $0.hasLostConnection()
            $0.set(.state(topics.availability, Topics.online))
        }
        let session: Session
        do {
            session = try Session(access, role: role, topics: topics, subscriptions: subscriptions)
        } catch {
            return (.failed(error.description), false)
        }
        var isFirst = role == .listener
        var stopsAt: ContinuousClock.Instant?
        let end = session.run(wakeup: wakeup, isWanted: { isWanted }) { session in
            if isFirst {
                isFirst = false
                logger.notice("connected to \(access.address)")
                tell("Connected to \(access.address)")
            }
            guard role == .listener else { return isWanted }
            take(session)
            send(session)
            guard !isWanted else { return true }
            stopsAt = stopsAt ?? ContinuousClock.now + Self.patienceAtTheEnd
            return !outbox.withLock { $0.isEmpty } && ContinuousClock.now < stopsAt!
        }
        return (end, session.isAccepted)
    }

    private func take(_ session: Session) {
        let acknowledged = session.takeAcknowledged()
        outbox.withLock { outbox in acknowledged.forEach { outbox.hasBeenAcknowledged($0) } }
        for message in session.takeReceived() { take(message) }
    }

    private func take(_ message: Session.Received) {
        let text = String(decoding: message.payload, as: UTF8.self)
        switch message.topic {
        case topics.homeAssistantStatus where text == Topics.online: outbox.withLock { $0.renew() }
        case topics.mutedSet:
            // It would be obeyed anew with every connection.
            if message.isRetained { return logger.warning("\(message.topic): a retained message is not obeyed") }
            guard text == "ON" || text == "OFF" else {
                return logger.warning("\(message.topic): takes ON and OFF, and no other message")
            }
            told.yield(.mute(text == "ON"))
        case Topics.hermesOn, Topics.hermesOff:
            guard !message.isRetained else { return }
            told.yield(.hermes(message.topic == Topics.hermesOn, siteID: Hermes.siteID(of: message.payload)))
        default: break
        }
    }

    private func send(_ session: Session) {
        while session.isOpen, let message = outbox.withLock({ $0.next(now: .now()) }) {
            let (number, failure) = session.publish(message)
            if let number {
                outbox.withLock { $0.hasSent(message, as: number) }
            } else if let failure {
                logger.error("\(message.topic): cannot be sent: \(failure)")
            } else {
                // The connection was lost in that moment; -1 is acknowledged by nobody, so it is sent over the next one.
                outbox.withLock { $0.hasSent(message, as: -1) }
            }
        }
    }

    /// A state that is set meanwhile is no reason to try again sooner.
    private func wait(_ pause: Duration) {
        let end = ContinuousClock.now + pause
        while isWanted, ContinuousClock.now < end { _ = wakeup.wait(timeout: end - ContinuousClock.now) }
    }
}
