import NIOCore
import Realtime
import Spotting
import Synchronization
import Time

/// A thread that hears streams, pieces of some after pieces of others: live ones first, uploads with what time is left.
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

    /// So many are heard together, so that the network's weights are read once for all of them.
    private static let streamsAtOnce = 8
    /// With so many streams, a worker lets some time's pieces gather before it hears them: to be woken for each, and to read the
    /// weights for one stream alone, would take more than it saves in delay.
    private static let streamsThatGather = 64
    private static let gathering = Duration.milliseconds(2)
    /// One of so many turns is an upload's, however many live streams wait.
    private static let turnsForUpload = 8
    /// With more than this part of its time taken by live streams, a worker takes no more of them.
    private static let fullLoad = 0.92
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

    /// One stream's job, and what became of it.
    private struct Turn {
        let stream: ClientStream
        let job: ClientStream.Job
        let isLive: Bool
    }

    /// What a worker has of its own, used again in each round.
    private struct Round {
        let workbench: Workbench
        var streams: [ClientStream] = []
        var turns: [Turn] = []
        var samples: [Float] = []
        /// Whose turn it is that has samples, and where those end.
        var places: [(turn: Int, spotter: Spotter, end: Int)] = []
        var pieces: [Workbench.Piece] = []
    }

    private func run() {
        var round = Round(workbench: Workbench(model, streams: Self.streamsAtOnce))
        var workload = Workload(now: MonotonicClock.nanoseconds())
        var turn = 0
        var lateness = Lateness(longest: longestDelay)
        while true {
            let (questions, isStopping, gathers) = state.withLock { state in
                Self.fill(&round, from: &state, &turn)
                state.isAsleep = round.streams.isEmpty
                defer { state.questions = [] }
                return (state.questions, state.isStopping, state.streams.count >= Self.streamsThatGather)
            }
            for question in questions { question.resume() }
            if isStopping { return }
            let before = MonotonicClock.nanoseconds()
            if workload.turn(now: before) { state.withLock { $0.load = workload.load } }
            guard !round.streams.isEmpty else {
                _ = wakeup.wait(timeout: .seconds(1))
                continue
            }
            if gathers, round.streams.count < Self.streamsAtOnce {
                MonotonicClock.sleep(nanoseconds: Self.gathering.nanoseconds)
                state.withLock { Self.fill(&round, from: &$0, &turn) }
            }
            let began = MonotonicClock.nanoseconds()
            begin(&round, now: began)
            hear(&round)
            let now = MonotonicClock.nanoseconds()
            lateness.note(finish(&round, &workload, began: began, now: now))
            if let late = lateness.look(now: now) { shed(late: late, cost: workload.cost, now: now) }
        }
    }

    private static func fill(_ round: inout Round, from state: inout State, _ turn: inout Int) {
        while round.streams.count < streamsAtOnce, let next = next(&state, turn) {
            turn += 1
            round.streams.append(next)
        }
    }

    private static func next(_ state: inout State, _ turn: Int) -> ClientStream? {
        if turn % turnsForUpload == 0, let upload = state.ahead.popFirst() { return upload }
        return state.live.popFirst() ?? state.ahead.popFirst()
    }

    /// Takes a job of each stream, does those that are no audio, and makes samples of those that are.
    private func begin(_ round: inout Round, now: Int64) {
        for stream in round.streams {
            guard let job = stream.next() else { continue }
            let isLive = !stream.isAhead.load(ordering: .relaxed)
            round.turns.append(Turn(stream: stream, job: job, isLive: isLive))
            switch job {
            case .begin(let choice, let context, let timestamp):
                stream.words.begin(choice, context: context, timestamp: timestamp)
            case .audio(let bytes, let format, let timestamp, _):
                stream.isAhead.store(stream.pace.add(nanoseconds: job.nanoseconds, now: now), ordering: .relaxed)
                let spotter = stream.words.take(
                    bytes, format: format, timestamp: timestamp, on: round.workbench, &round.samples)
                round.places.append((round.turns.count - 1, spotter, round.samples.count))
            case .end(let isLast):
                // A client that has said how its stream ended is not told again.
                if !isLast || stream.words.isBegun, let event = stream.words.end({ tell($0, to: stream) }) {
                    stream.outcome(.tell(event))
                }
                if isLast { stream.outcome(.ended) }
            }
        }
        round.streams.removeAll(keepingCapacity: true)
    }

    private func hear(_ round: inout Round) {
        let (turns, places) = (round.turns, round.places)
        round.samples.withUnsafeBufferPointer { samples in
            var first = 0
            for place in places {
                round.pieces.append(
                    Workbench.Piece(place.spotter, UnsafeBufferPointer(rebasing: samples[first..<place.end])))
                first = place.end
            }
            round.workbench.hear(&round.pieces) { place, detection in
                let stream = turns[places[place].turn].stream
                if let word = stream.words.word(detection) { tell(word, to: stream) }
            }
        }
    }

    /// Has streams that have more to do wait for their next turn, ends those that were heard too late, and counts.
    ///
    /// - Returns: how late the latest was that was not.
    private func finish(_ round: inout Round, _ workload: inout Workload, began: Int64, now: Int64) -> Int64 {
        let audio = round.turns.reduce(0) { $0 + $1.job.nanoseconds }
        let live = round.turns.reduce(0) { $0 + ($1.isLive ? $1.job.nanoseconds : 0) }
        if live > 0 { workload.add(audio: live, busy: Int64(Double(now - began) * Double(live) / Double(audio))) }
        var latest: Int64 = 0
        for turn in round.turns {
            if turn.stream.finish(turn.job) { queue(turn.stream) }
            guard case .audio(_, _, _, let arrived) = turn.job else { continue }
            metrics.heard(audio: .nanoseconds(turn.job.nanoseconds))
            guard turn.isLive else { continue }
            metrics.heard(delay: .nanoseconds(now - arrived))
            if now - arrived > longestDelay {
                end(turn.stream, late: now - arrived)
            } else {
                latest = max(latest, now - arrived)
            }
        }
        round.turns.removeAll(keepingCapacity: true)
        round.places.removeAll(keepingCapacity: true)
        round.pieces.removeAll(keepingCapacity: true)
        round.samples.removeAll(keepingCapacity: true)
        return latest
    }

    private func tell(_ word: WordHeard, to stream: ClientStream) {
        metrics.told(word)
        stream.outcome(.tell(.detection(word)))
    }

    /// Gives up the newest live streams until those that stay can be heard in time: what waits of them before the latest of it
    /// is too late, and what they bring in less time than there is. The nearer it is to being too late for all, the more time
    /// is left free, to catch up.
    private func shed(late: Int64, cost: Double, now: Int64) {
        let waiting = state.withLock { $0.streams }
            .filter { !$0.isAhead.load(ordering: .relaxed) }
            .map { (stream: $0, audio: $0.waitingAudio) }
            .filter { $0.audio.nanoseconds > 0 }
        let latestArrival = waiting.map(\.audio.latestArrival).max() ?? now
        let time = Double(longestDelay) * Self.prudence - Double(now - latestArrival)
        var work = cost * Double(waiting.reduce(0) { $0 + $1.audio.nanoseconds })
        var load = cost * Double(waiting.count)
        let most = Self.fullLoad * 2 * (1 - Double(late) / Double(longestDelay))
        for (stream, audio) in waiting.dropFirst().reversed() {
            guard work > time || load > most else { return }
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
