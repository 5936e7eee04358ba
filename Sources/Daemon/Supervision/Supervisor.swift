import Capture
import Glibc
import Listening
import Logging
import Protocol
import Realtime
import Server
import ServiceLifecycle
import ServiceManager
import ServiceSettings
import Time

/// Watches what flows: sets the state, tells readers and the service manager, and pings the watchdog on real progress.
///
/// It sleeps until what it waits for is due: until `Listener.changed` tells of something, until a fault would have to be told
/// that only time shows, or until the threads are asked again whether they live.
struct Supervisor: Service {
    let listener: Listener
    let report: DaemonReport
    let server: EventServer
    let publisher: DetectionPublisher
    let muteRecord: MuteRecord
    let notifier: Notifier
    let logger: Logger

    /// How often the line in `systemctl status` is renewed while nothing changes.
    private static let statusSeconds: Int64 = 5

    func run() async throws {
        await withGracefulShutdownHandler {
            await watch()
        } onGracefulShutdown: {
            listener.changed.signal()
        }
        notifier.stopping(status: "Stopping")
        var budget = LogBudget(perMinute: 20)
        _ = announce(FlowState(Flow(), isStopping: true), &budget, now: MonotonicClock.nanoseconds())
    }

    private func watch() async {
        let interval = Notifier.watchdogInterval
        var watchdog = Watchdog(interval: interval)
        var meter = FlowMeter(listener: listener, publisher: publisher, server: server, muteRecord: muteRecord)
        var budget = LogBudget(perMinute: 20)
        var told = (events: UInt64.max, nanoseconds: Int64(0))
        var openings = 0
        var changes = listener.changes
        var device = listener.microphone.source.device
        var isReady = false
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let now = MonotonicClock.nanoseconds()
            if muteRecord.current?.isOver(at: .now()) == true { report.setMuted(nil) }
            let flow = meter.measure(now: now)
            let state = FlowState(flow, isStopping: false)
            let changed = announce(state, &budget, now: now)
            if openings != listener.microphone.openings {
                openings = listener.microphone.openings
                logOpening(&budget, now: now)
            }
            let source = listener.microphone.source
            if listener.changes != changes || source.device != device {
                (changes, device) = (listener.changes, source.device)
                server.publish(report.status(), as: .status)
            }
            if !isReady, state.state != .starting {
                isReady = true
                notifier.ready(status: statusLine())
            } else if isReady,
                changed || told.events != report.events || now - told.nanoseconds > Self.statusSeconds * 1_000_000_000
            {
                notifier.status(statusLine())
                told = (report.events, now)
            }
            if watchdog.shouldPing(meter.progress(flow), now: now) { notifier.watchdog() }
            let seconds = min(flow.secondsToNextLook, (interval ?? .seconds(60)) / 3 / .seconds(1))
            // One that a moment ends a moment too early would only be looked at once more.
            try? await listener.changed.wait(timeout: .seconds(seconds) + .milliseconds(1))
        }
    }

    /// Makes a state known if it is new; returns whether it is.
    private func announce(_ state: FlowState, _ budget: inout LogBudget, now: Int64) -> Bool {
        guard report.update(state) else { return false }
        server.publish(report.status(), as: .status)
        let (isGranted, refused) = budget.take(now: now)
        guard isGranted else { return true }
        let level: Logger.Level =
            switch state.state {
            case .starting: .info
            case .listening, .muted, .stopping: .notice
            case .stalled, .degraded, .noDevice: .warning
            }
        var metadata: Logger.Metadata = [
            messageIDField: "\(MessageID.state)", "state": "\(state.state.rawValue)",
            "device": "\(listener.microphone.source.device)",
        ]
        if refused > 0 { metadata["changes_not_logged"] = "\(refused)" }
        logger.log(level: level, "\(state.state.rawValue): \(state.reason)", metadata: metadata)
        return true
    }

    private func logOpening(_ budget: inout LogBudget, now: Int64) {
        let microphone = listener.microphone
        guard let format = microphone.format, budget.take(now: now).isGranted else { return }
        logger.notice(
            "opened \(microphone.source.device)",
            metadata: [
                "rate": "\(format.rate)", "channels": "\(format.channels)", "format": "\(format.sampleFormat)",
                "period_samples": "\(format.periodSamples)", "buffer_samples": "\(format.bufferSamples)",
            ])
        if case .ordinary(let refusal) = microphone.scheduling, refusal != 0, microphone.openings == 1 {
            logger.warning(
                "the capture thread runs without real-time priority",
                metadata: [
                    "reason": "\(String(cString: strerror(refusal)))",
                    "advice": "set LimitRTPRIO= in the unit, or capture.realtime_priority: 0",
                ])
        }
    }

    /// One line for `systemctl status`.
    private func statusLine() -> String {
        let status = report.status()
        let metrics = report.metrics()
        var line =
            status.state == .listening
            ? "Listening on \(status.device)" : "\(status.state.rawValue): \(status.reason)"
        if status.state == .listening, let level = status.levelDBFS { line += ", level \(Int(level.rounded())) dBFS" }
        line += ", \(metrics.detections.values.reduce(0, +)) events"
        if let last = status.lastEvent { line += ", last \(last.keyword) at \(last.timestamp)" }
        return line + ", \(metrics.gaps) gaps"
    }
}
