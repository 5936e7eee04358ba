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
    private var longestPeriodSeconds = 0.0
    private var flowBegan = MonotonicClock.nanoseconds()
    /// When the threads that hand events out were last asked whether they are there, and their rounds until then.
    private var asked: Int64?
    private var askedRounds = (publisher: 0, server: 0)
    private var isShortOfDescriptors = false

    /// How often those threads are asked; a look that was woken earlier asks nobody.
    private static let askNanoseconds: Int64 = 400_000_000

    init(listener: Listener, publisher: DetectionPublisher, server: EventServer, muteRecord: MuteRecord) {
        self.listener = listener
        self.publisher = publisher
        self.server = server
        self.muteRecord = muteRecord
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
        let standing = microphone.standing
        flow.microphone = standing.condition
        flow.microphoneSeconds = Double(MonotonicClock.nanoseconds() - standing.sinceNanoseconds) * 1e-9
        if let format = microphone.format { longestPeriodSeconds = format.longestPeriod / .seconds(1) }
        flow.longestPeriodSeconds = longestPeriodSeconds
        if flow.sampleAgeSeconds.map({ $0 >= flow.stallSeconds }) ?? true { flowBegan = now }
        flow.flowingSeconds = Double(now - flowBegan) * 1e-9
        let counts = microphone.counts
        flow.turnedChannels = counts.turnedChannels
        flow.isBesideSound = counts.isBesideSound
        flow.captureAgeSeconds = Double(MonotonicClock.nanoseconds() - counts.lastReadNanoseconds) * 1e-9
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

    /// Wakes both threads once they have answered before; returns for how many seconds one of them has not come round.
    private mutating func askWhoHandsOut(now: Int64) -> Double {
        let rounds = (publisher: publisher.rounds, server: server.rounds)
        if let asked, rounds.publisher <= askedRounds.publisher || rounds.server <= askedRounds.server {
            return Double(now - asked) * 1e-9
        }
        guard asked.map({ now - $0 >= Self.askNanoseconds }) ?? true else { return 0 }
        (asked, askedRounds) = (now, rounds)
        isShortOfDescriptors = DescriptorLimit.isShort
        publisher.wake()
        server.wake()
        return 0
    }
}
