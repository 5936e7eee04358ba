import Capture
import Hearing
import Listening
import Protocol
import Realtime
import Server
import Time

/// Measures what flows, again and again: what it was, and since when.
struct FlowMeter {
    private let listener: Listener
    private let publisher: DetectionPublisher
    private let server: EventServer
    private let muteRecord: MuteRecord
    private var losses = LossMeter()
    private var condition = (value: Microphone.Condition.opening, since: MonotonicClock.nanoseconds())
    private var measured = MonotonicClock.nanoseconds()
    private var longestPeriodSeconds = 0.0
    private var captured = (periods: 0, nanoseconds: Int64(0))
    private var flowBegan = MonotonicClock.nanoseconds()
    /// Answers of the threads that hand events out, and when the slower one's came.
    private var answers = (publisher: 0, server: 0)
    private var answered: Int64
    private var asked: Int64
    private var isShortOfDescriptors = false

    /// How often those threads are asked whether they are there.
    private static let askNanoseconds: Int64 = 1_000_000_000

    init(listener: Listener, publisher: DetectionPublisher, server: EventServer, muteRecord: MuteRecord) {
        self.listener = listener
        self.publisher = publisher
        self.server = server
        self.muteRecord = muteRecord
        let now = MonotonicClock.nanoseconds()
        (answered, asked) = (now, now - Self.askNanoseconds)
    }

    /// What flows now.
    mutating func measure(now: Int64) -> Flow {
        let counters = listener.counters
        let microphone = listener.microphone
        var flow = Flow()
        flow.inferences = counters.inferences.total
        flow.sampleAgeSeconds = counters.samples.ageSeconds
        flow.inferenceAgeSeconds = counters.inferences.ageSeconds
        flow.constantSeconds = counters.constantSeconds
        flow.isSilenceUsual = counters.isSilenceUsual
        let value = microphone.condition
        // It changed after the last look: what has come since then may belong to the new one.
        if condition.value != value { condition = (value, measured) }
        measured = now
        flow.microphone = condition.value
        flow.microphoneSeconds = Double(now - condition.since) * 1e-9
        if let format = microphone.format { longestPeriodSeconds = format.longestPeriod / .seconds(1) }
        flow.longestPeriodSeconds = longestPeriodSeconds
        if flow.sampleAgeSeconds.map({ $0 >= flow.stallSeconds }) ?? true { flowBegan = now }
        flow.flowingSeconds = Double(now - flowBegan) * 1e-9
        let counts = microphone.counts
        if counts.periods != captured.periods { captured = (counts.periods, now) }
        flow.turnedChannels = counts.turnedChannels
        flow.isBesideSound = counts.isBesideSound
        flow.captureAgeSeconds = Double(now - captured.nanoseconds) * 1e-9
        flow.isLosing = losses.isLosing(
            samples: counters.samples.total, gaps: counters.lateGaps, lost: counters.lateSamples, now: now)
        flow.isMuteKept = muteRecord.isKept
        flow.mute = muteRecord.current
        flow.isShortOfDescriptors = isShortOfDescriptors
        flow.handOutAgeSeconds = askWhoHandsOut(now: now)
        return flow
    }

    /// What must have advanced for the watchdog to be pinged.
    func progress(_ flow: Flow) -> Watchdog.Progress {
        var progress = Watchdog.Progress()
        progress.frames = listener.counters.frames.total
        progress.inferences = flow.inferences
        progress.microphoneRounds = listener.microphone.rounds
        progress.listeningRounds = listener.counters.rounds
        progress.publisherRounds = publisher.rounds
        progress.serverRounds = server.rounds
        progress.isIdle = flow.microphone != .open && flow.microphone != .stuck || flow.isBetweenPeriods
        return progress
    }

    /// Wakes both threads once a second; returns for how many seconds one of them has not come round.
    private mutating func askWhoHandsOut(now: Int64) -> Double {
        let rounds = (publisher: publisher.rounds, server: server.rounds)
        if rounds.publisher > answers.publisher, rounds.server > answers.server { (answers, answered) = (rounds, now) }
        if now - asked >= Self.askNanoseconds {
            asked = now
            isShortOfDescriptors = DescriptorLimit.isShort
            publisher.wake()
            server.wake()
        }
        return Double(now - answered) * 1e-9
    }
}
