import Capture
import Listening
import Logging
import Models
import Protocol
import Realtime
import Server
import ServiceSettings
import Spotting
import Streams
import Synchronization
import Time

/// The thread "events": takes detections and gaps from the listening thread and gives them, as events, to the socket and
/// the log.
final class DetectionPublisher: Sendable {
    private let listener: Listener
    private let server: EventServer
    private let report: DaemonReport
    private let kept: KeptEvents
    private let marks: MarkService
    private let comparer: ShadowComparer?
    private let logger: Logger
    private let stopRequested = Atomic<Bool>(false)
    private let turns = Atomic<Int>(0)
    private let thread = Mutex<RealtimeThread?>(nil)

    init(
        listener: Listener, server: EventServer, report: DaemonReport, kept: KeptEvents, marks: MarkService,
        comparer: ShadowComparer?, logger: Logger
    ) {
        self.listener = listener
        self.server = server
        self.report = report
        self.kept = kept
        self.marks = marks
        self.comparer = comparer
        self.logger = logger
    }

    func start() throws {
        let started = try RealtimeThread(name: "events") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Publishes what is left, and ends the thread. To be called when the listening thread has ended.
    func stop() {
        stopRequested.store(true, ordering: .releasing)
        listener.detected.signal()
        _ = thread.withLock { $0 }?.join(timeout: .milliseconds(200))
        kept.flush(within: .milliseconds(200))
    }

    /// How often the thread went round: whenever it is woken.
    var rounds: Int { turns.load(ordering: .relaxed) }

    /// Has the thread go round. Any thread.
    func wake() { listener.detected.signal() }

    private func run() {
        var detections = listener.detections.makeConsumer()
        var gaps = listener.gaps.makeConsumer()
        var budget = LogBudget(perMinute: 20)
        var shadowBudget = LogBudget(perMinute: 20)
        var id = kept.earlier.last?.id ?? 0
        while true {
            turns.wrappingAdd(1, ordering: .relaxed)
            // Asked before the last look at the queue, so that nothing can come between the two.
            let isLast = stopRequested.load(ordering: .acquiring)
            while let gap = gaps.pop() { publish(gap, &budget) }
            while let heard = detections.pop() {
                guard let description = listener.description(ofModel: heard.model) else { continue }
                comparer?.add(heard, of: description)
                guard heard.model != listener.shadow?.number else { continue }
                guard heard.detection.outcome == .keyword else {
                    publishAside(heard, description)
                    continue
                }
                id += 1
                publish(heard, description, id: id)
            }
            for one in comparer?.disagreements() ?? []
            where shadowBudget.take(now: MonotonicClock.nanoseconds()).isGranted {
                server.publish(ShadowEvent(one), as: .shadow)
            }
            if isLast { return }
            marks.expire()
            // What two models heard is compared some time after it was spoken.
            _ = listener.detected.wait(timeout: comparer == nil ? .seconds(60) : .seconds(1))
        }
    }

    private func publish(_ gap: HeardGap, _ budget: inout LogBudget) {
        let event = GapEvent(
            cause: "\(gap.cause)", sample: gap.sample, lostSamples: gap.lostSamples,
            timestamp: Self.timestamp(of: gap.nanoseconds))
        server.publish(event, as: .gap)
        let (isGranted, refused) = budget.take(now: MonotonicClock.nanoseconds())
        guard isGranted else { return }
        var metadata: Logger.Metadata = [
            messageIDField: "\(MessageID.gap)", "cause": "\(gap.cause)", "sample": "\(gap.sample)",
            "lost_samples": "\(gap.lostSamples)",
        ]
        if refused > 0 { metadata["gaps_not_logged"] = "\(refused)" }
        logger.info("audio is missing", metadata: metadata)
    }

    private func publish(_ heard: HeardDetection, _ description: ModelDescription, id: UInt64) {
        let event = KeywordEvent(
            id: id, Self.word(heard, description), model: description.name, modelVersion: description.version,
            latencyMilliseconds: heard.latencyMilliseconds,
            processingTimeSeconds: Double(heard.detection.processingSeconds),
            device: listener.microphone.source.device)
        let line = event.jsonLine()
        server.publish(event, line: line)
        report.add(event)
        listener.changed.signal()
        kept.append(line)
        marks.remember(event, decided: heard.detection.decisionSample)
        logger.info(
            "heard \(event.keyword)",
            metadata: [
                messageIDField: "\(MessageID.keyword)", "keyword": "\(event.keyword)",
                "confidence": "\(event.confidence)", "id": "\(id)",
                "level_dbfs": "\(event.levelDBFS)",
            ])
    }

    /// A word that is no event: for readers who ask for them, and for nobody else.
    private func publishAside(_ heard: HeardDetection, _ description: ModelDescription) {
        let word = Self.word(heard, description)
        let cause: String
        switch heard.detection.outcome {
        case .keyword, .nearMiss: return server.publish(NearMissEvent(word), as: .nearMiss)
        case .disabled: cause = "disabled"
        case .notAfter: cause = "not_after"
        case .refractory: cause = "refractory"
        case .outscored: cause = "outscored"
        case .doubted: cause = "doubted"
        }
        server.publish(SuppressedEvent(word, cause: cause), as: .suppressed)
    }

    private static func word(_ heard: HeardDetection, _ description: ModelDescription) -> HeardWord {
        HeardWord(
            heard.detection, keyword: description.labels[Int(heard.detection.word)],
            timestamp: timestamp(of: heard.endedNanoseconds))
    }

    /// The machine's date of a moment of the clock that goes on while it is suspended.
    private static func timestamp(of nanoseconds: Int64) -> Timestamp {
        let ago = Double(MonotonicClock.nanosecondsWithSuspend() - nanoseconds) / 1e6
        return Timestamp(millisecondsSince1970: Timestamp.now().millisecondsSince1970 - Int64(ago.rounded()))
    }
}
