import Capture
import Glibc
import Hearing
import Listening
import Logging
import Models
import Protocol
import Realtime
import Server
import ServiceSettings
import Spotting
import Synchronization
import Time

/// What the daemon tells of itself: the answers to `hello`, `status`, `health` and `metrics`. Any thread; never waits.
final class DaemonReport: EventSource {
    private struct Current {
        var state = FlowState(Flow(), isStopping: false)
        var since = Timestamp.now()
        var lastEvent: StatusMessage.LastEvent?
        var detections: [String: UInt64] = [:]
        var latencySum = 0.0
        var latencyMaximum = 0.0
    }

    private let listener: Listener
    private let version: String
    private let started = Timestamp.now()
    private let startedNanoseconds = MonotonicClock.nanoseconds()
    private let current = Mutex(Current())
    private let reloader: Reloader
    private let selfTester: SelfTester
    private let activator: ModelActivator
    private let taught: TaughtWords
    private let ownWords: OwnWordService
    private let marks: MarkService
    private let chooser: DeviceChooser
    private let comparer: ShadowComparer?
    private let muteRecord: MuteRecord
    private let log: LogOutput

    init(
        listener: Listener, reloader: Reloader, comparer: ShadowComparer?, muteRecord: MuteRecord, taught: TaughtWords,
        activator: ModelActivator, marks: MarkService, version: String, log: LogOutput, logger: Logger
    ) {
        self.listener = listener
        self.reloader = reloader
        self.comparer = comparer
        self.muteRecord = muteRecord
        self.log = log
        selfTester = SelfTester(listener, taught: taught)
        self.taught = taught
        self.marks = marks
        self.activator = activator
        ownWords = OwnWordService(listener, reloader, activator, taught, logger: logger)
        chooser = DeviceChooser(listener: listener, reloader: reloader)
        self.version = version
    }

    var flowState: FlowState { current.withLock { $0.state } }

    /// Sets the state; returns whether it is another than before.
    func update(_ state: FlowState) -> Bool {
        current.withLock { current in
            let changed = current.state != state
            if current.state.state != state.state { current.since = .now() }
            current.state = state
            return changed
        }
    }

    /// How many keywords were heard.
    var events: UInt64 { current.withLock { $0.detections.values.reduce(0, +) } }

    func add(_ event: KeywordEvent) {
        current.withLock { current in
            current.lastEvent = StatusMessage.LastEvent(event)
            current.detections[event.keyword, default: 0] += 1
            current.latencySum += event.latencyMilliseconds
            current.latencyMaximum = max(current.latencyMaximum, event.latencyMilliseconds)
        }
    }

    private var uptimeSeconds: Double { Double(MonotonicClock.nanoseconds() - startedNanoseconds) * 1e-9 }

    /// Without samples for so long, they do not flow.
    private var stallSeconds: Double {
        let period = listener.microphone.format?.longestPeriod ?? .zero
        return FlowState.stallSeconds + period / .seconds(1)
    }

    func hello() -> HelloMessage {
        let description = listener.active.description
        return HelloMessage(
            version: version, model: description.name, modelVersion: description.version, started: started)
    }

    func status() -> StatusMessage {
        let current = current.withLock { $0 }
        let active = listener.active
        let microphone = listener.microphone
        let isFlowing = listener.counters.samples.ageSeconds.map { $0 < stallSeconds } ?? false
        // Of a microphone that was just closed, or is gone, a level would be one of before.
        let hasLevel = isFlowing && microphone.condition.isHearing && !microphone.isMuted
        var status = StatusMessage(
            state: current.state.state, reason: current.state.reason, since: current.since,
            device: microphone.source.device, levelDBFS: hasLevel ? listener.counters.levelDBFS : nil,
            clockPartsPerMillion: microphone.counts.clockPartsPerMillion, keywords: active.keywords,
            uptimeSeconds: uptimeSeconds, model: active.description.name, modelVersion: active.description.version,
            version: version, lastEvent: current.lastEvent)
        status.peakDBFS = hasLevel ? listener.counters.peakDBFS : nil
        status.wordsVersion = listener.changes
        let changed = reloader.changedWords
        status.changedWords = changed.isEmpty ? nil : changed
        status.configuredDevice = reloader.configuredDevice
        status.mutedUntil = muteRecord.current?.until
        status.muteReason = muteRecord.current?.reason
        let expectation = active.policy.expectation(for: active.description)
        status.expectedFalseAlarmsPerHour = expectation?.falseAlarmsPerHour
        status.expectedMissed = expectation?.missed
        status.wordProblems = taught.problemTexts
        return status
    }

    func health() -> HealthReport {
        let counters = listener.counters
        let stallSeconds = stallSeconds
        func check(_ counter: FlowCounter) -> HealthReport.Check {
            let age = counter.ageSeconds
            return HealthReport.Check(
                advancing: age.map { $0 < stallSeconds } ?? false, ageSeconds: age, total: counter.total)
        }
        let checks = HealthReport.Checks(
            samples: check(counters.samples), frames: check(counters.frames), inferences: check(counters.inferences))
        let state = flowState
        let flows = checks.samples.advancing && checks.frames.advancing && checks.inferences.advancing
        return HealthReport(
            healthy: flows && state.state == .listening, state: state.state, reason: state.reason,
            uptimeSeconds: uptimeSeconds, checks: checks)
    }

    func metrics() -> MetricsReport {
        let counters = listener.counters
        let capture = listener.microphone.counts
        let current = current.withLock { $0 }
        var report = MetricsReport()
        report.uptimeSeconds = uptimeSeconds
        report.samples = counters.samples.total
        report.frames = counters.frames.total
        report.inferences = counters.inferences.total
        report.detections = current.detections
        report.xruns = UInt64(capture.overruns)
        report.suspensions = UInt64(capture.suspensions)
        report.deviceOpenings = UInt64(listener.microphone.openings)
        report.gaps = counters.gaps
        report.lostSamples = counters.lostSamples
        report.clippedSamples = counters.clippedSamples
        report.refusedSamples = UInt64(capture.refusedSamples)
        report.lostDetections = UInt64(listener.detections.refused)
        report.lostLogMessages = UInt64(log.lostMessages)
        report.ringFillMax = capture.fullestRing
        report.clockPartsPerMillion = capture.clockPartsPerMillion
        report.captureDelayMaxSeconds = Double(capture.longestDelayNanoseconds) * 1e-9
        report.ringFill = listener.microphone.ringFill
        report.cpuSeconds = ProcessUsage.cpuSeconds
        report.residentBytes = ProcessUsage.residentBytes
        report.processingTimeMeanSeconds = counters.processingMeanSeconds
        report.processingTimeMaxSeconds = counters.processingMaximumSeconds
        report.modelActivations = UInt64(listener.activations)
        report.ownWords = UInt64(listener.active.description.taught.count)
        report.shadow = comparer.map { ShadowReport($0) }
        let events = current.detections.values.reduce(0, +)
        if events > 0 {
            report.latencyMeanMilliseconds = current.latencySum / Double(events)
            report.latencyMaxMilliseconds = current.latencyMaximum
        }
        return report
    }

    func reload() async throws(ErrorMessage) -> String { try await reloader.reload() }

    func selfTest(of name: String?) async throws(ErrorMessage) -> SelfTestAnswer {
        let state = flowState
        guard state.state == .listening || state.state == .degraded else {
            throw ErrorMessage(.failed, "nothing is heard: \(state.reason)")
        }
        return try await selfTester.run(of: name)
    }

    func activate(_ choice: ModelChoice) async throws(ErrorMessage) -> ActivateAnswer {
        try await activator.activate(choice)
    }

    func answer(_ request: OwnWordRequest) async throws(ErrorMessage) -> any SocketMessage {
        try await ownWords.answer(request)
    }

    func answer(_ request: MarkRequest) async throws(ErrorMessage) -> any SocketMessage {
        try await marks.answer(request)
    }

    func setWord(_ change: WordChange) async throws(ErrorMessage) -> SetWordAnswer { try await ownWords.set(change) }

    func devices() async throws(ErrorMessage) -> DevicesAnswer { try await chooser.devices() }

    func setDevice(_ choice: DeviceChoice) async throws(ErrorMessage) -> SetDeviceAnswer {
        try await chooser.choose(choice)
    }

    func audio(from position: UInt64, count: Int) -> AudioPiece {
        switch listener.history.piece(from: position, count: count) {
        case .samples(let samples): .samples(samples)
        case .notYet: .notYet
        case .forgotten(let oldest): .forgotten(oldest: oldest)
        case .off: .off
        }
    }

    func setMuted(_ terms: MuteTerms?) {
        listener.microphone.setMuted(terms != nil)
        muteRecord.keep(terms.map { Mute($0, from: .now()) })
        listener.changed.signal()
    }

    func keepMuted() async { await muteRecord.settled() }
}
