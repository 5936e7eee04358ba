import NIOCore
import Realtime
import Spotting
import Synchronization
import Time

/// A thread that hears streams, a piece of one after a piece of another: live ones first, uploads with what time is left.
///
/// A stream stays with its worker, so that its pieces are heard in order. When there is more than it can do, it says so: it
/// takes no new streams, then gives up its newest ones until it can hear the others in time, and ends any whose audio has
/// waited longer than it may all the same. Those that stay are never later than that.
final class Worker: Sendable {
    private struct State {
        var live = CircularBuffer<ClientStream>()
        var ahead = CircularBuffer<ClientStream>()
        /// All streams, the newest last.
        var streams: [ClientStream] = []
        var questions: [CheckedContinuation<Void, Never>] = []
        var isAsleep = false
        var isStopping = false
        var load = 0.0
    }

    /// One of so many turns is an upload's, however many live streams wait.
    private static let turnsForUpload = 8
    /// With more than this part of its time taken by live streams, a worker takes no more of them.
    private static let fullLoad = 0.92
    private static let pauseBetweenLooks: Int64 = 10_000_000
    /// In this part of the longest delay it should hear what waits: what that takes is an estimate.
    private static let prudence = 0.75

    private let model: Model
    private let longestDelay: Int64
    private let metrics: ServerMetrics
    private let state = Mutex(State())
    private let wakeup = Wakeup()

    init(_ model: Model, longestDelay: Duration, metrics: ServerMetrics) {
        self.model = model
        self.longestDelay = longestDelay.nanoseconds
        self.metrics = metrics
    }

    func start(name: String) throws -> RealtimeThread {
        try RealtimeThread(name: name) { self.run() }
    }

    // MARK: - Any thread

    /// How many streams it has.
    var count: Int { state.withLock { $0.streams.count } }

    /// What part of its time live streams take; see ``Workload/load``.
    var load: Double { state.withLock { $0.load } }

    /// Whether it takes another stream.
    var isFull: Bool { state.withLock { $0.load > Self.fullLoad && !$0.streams.isEmpty } }

    func add(_ stream: ClientStream) {
        state.withLock { $0.streams.append(stream) }
    }

    func remove(_ stream: ClientStream) {
        stream.drop()
        state.withLock { state in
            if let place = state.streams.lastIndex(where: { $0 === stream }) { state.streams.remove(at: place) }
        }
    }

    func queue(_ stream: ClientStream) {
        let isAsleep = state.withLock { state in
            if stream.isAhead.load(ordering: .relaxed) { state.ahead.append(stream) } else { state.live.append(stream) }
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if isAsleep { wakeup.signal() }
    }

    /// Returns once the thread has come round: it lives.
    func answer() async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.questions.append(continuation) }
            wakeup.signal()
        }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wakeup.signal()
    }

    // MARK: - The thread

    private func run() {
        let workbench = Workbench(model)
        var turn = 0
        var workload = Workload(now: MonotonicClock.nanoseconds())
        var latestLook: Int64 = 0
        while true {
            turn += 1
            let isUploadsTurn = turn % Self.turnsForUpload == 0
            let (stream, questions, isStopping) = state.withLock { state in
                var stream = isUploadsTurn ? state.ahead.popFirst() : state.live.popFirst()
                stream = stream ?? state.live.popFirst() ?? state.ahead.popFirst()
                state.isAsleep = stream == nil
                defer { state.questions = [] }
                return (stream, state.questions, state.isStopping)
            }
            for question in questions { question.resume() }
            if isStopping { return }
            let before = MonotonicClock.nanoseconds()
            if workload.turn(now: before) { state.withLock { $0.load = workload.load } }
            guard let stream else {
                _ = wakeup.wait(timeout: .seconds(1))
                continue
            }
            guard let job = stream.next() else { continue }
            let wasAhead = stream.isAhead.load(ordering: .relaxed)
            perform(job, of: stream, on: workbench, now: before)
            let now = MonotonicClock.nanoseconds()
            if !wasAhead { workload.add(audio: job.nanoseconds, busy: now - before) }
            if stream.finish(job) { queue(stream) }
            if !wasAhead, case .audio(_, _, _, let arrived) = job {
                metrics.heard(delay: .nanoseconds(now - arrived))
                if now - arrived > longestDelay {
                    end(stream, late: now - arrived)
                } else if now - arrived > longestDelay / 2, now - latestLook > Self.pauseBetweenLooks {
                    latestLook = now
                    shed(late: now - arrived, cost: workload.cost, now: now)
                }
            }
        }
    }

    private func perform(_ job: ClientStream.Job, of stream: ClientStream, on workbench: Workbench, now: Int64) {
        func tell(_ word: WordHeard) {
            metrics.told(word)
            stream.outcome(.tell(.detection(word)))
        }
        switch job {
        case .begin(let choice, let context, let timestamp):
            stream.words.begin(choice, context: context, timestamp: timestamp)
        case .audio(let bytes, let format, let timestamp, _):
            let nanoseconds = job.nanoseconds
            stream.isAhead.store(stream.pace.add(nanoseconds: nanoseconds, now: now), ordering: .relaxed)
            metrics.heard(audio: .nanoseconds(nanoseconds))
            stream.words.hear(bytes, format: format, timestamp: timestamp, on: workbench, tell)
        case .end(let isLast):
            // A client that has said how its stream ended is not told again.
            if !isLast || stream.words.isBegun, let event = stream.words.end(tell) { stream.outcome(.tell(event)) }
            if isLast { stream.outcome(.ended) }
        }
    }

    /// Gives up the newest live streams until those that stay can be heard in time: what waits of them before the latest of it
    /// is too late, and what they bring in less time than there is.
    private func shed(late: Int64, cost: Double, now: Int64) {
        let waiting = state.withLock { $0.streams }
            .filter { !$0.isAhead.load(ordering: .relaxed) }
            .map { (stream: $0, audio: $0.waitingAudio) }
            .filter { $0.audio.nanoseconds > 0 }
        let latestArrival = waiting.map(\.audio.latestArrival).max() ?? now
        let time = Double(longestDelay) * Self.prudence - Double(now - latestArrival)
        var work = cost * Double(waiting.reduce(0) { $0 + $1.audio.nanoseconds })
        var load = cost * Double(waiting.count)
        for (stream, audio) in waiting.dropFirst().reversed() {
            guard work > time || load > Self.fullLoad else { return }
            end(stream, late: late)
            work -= cost * Double(audio.nanoseconds)
            load -= cost
        }
    }

    private func end(_ stream: ClientStream, late: Int64) {
        remove(stream)
        let error = ClientError(
            .overloaded,
            "this server hears \(late / 1_000_000) ms late, and gives up its newest streams; come again in a minute")
        stream.outcome(.tell(.error(error)))
    }
}
