import Capture
import Events
import Logging
import Realtime
import ServiceLifecycle
import ServiceManager

/// Watches what flows: sets the state, tells readers and the service manager, and pings the watchdog on real progress.
struct Supervisor: Service {
    let listener: Listener
    let report: DaemonReport
    let server: EventServer
    let notifier: Notifier
    let logger: Logger

    private static let tick = Duration.milliseconds(100)
    /// How often the line in `systemctl status` is renewed while nothing changes.
    private static let statusTicks = 50
    /// Under this level the samples are all but zero.
    private static let digitalSilenceDBFS = -100.0

    func run() async throws {
        var watchdog = Watchdog(interval: Notifier.watchdogInterval)
        var ticks = 0
        var isReady = false
        var silentSince: Int64?
        var toldEvents: UInt64?
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let now = MonotonicClock.nanoseconds()
            let counters = listener.counters
            silentSince = counters.levelDBFS > Self.digitalSilenceDBFS ? nil : silentSince ?? now
            let flow = Flow(
                samples: counters.samples.total, inferences: counters.inferences.total,
                sampleAgeSeconds: counters.samples.ageSeconds, inferenceAgeSeconds: counters.inferences.ageSeconds,
                silentSeconds: silentSince.map { Double(now - $0) * 1e-9 } ?? 0, end: listener.end)
            let changed = announce(FlowState(flow, isStopping: false))
            if let end = flow.end, end != .stopped { throw DeviceLost(device: listener.device, end: end) }
            if !isReady, flow.samples > 0, flow.inferences > 0 {
                isReady = true
                notifier.ready(status: statusLine())
            } else if isReady, changed || ticks % Self.statusTicks == 0 || toldEvents != report.events {
                notifier.status(statusLine())
            }
            toldEvents = report.events
            if watchdog.shouldPing(frames: counters.frames.total, inferences: flow.inferences, now: now) {
                notifier.watchdog()
            }
            ticks += 1
            try? await Task.sleep(for: Self.tick)
        }
        notifier.stopping(status: "Stopping")
        _ = announce(FlowState(Flow(), isStopping: true))
    }

    /// Makes a state known if it is new; returns whether it is.
    private func announce(_ state: FlowState) -> Bool {
        guard report.update(state) else { return false }
        server.publish(report.status())
        let level: Logger.Level = state.state == .listening || state.state == .stopping ? .notice : .warning
        logger.log(
            level: state.state == .starting ? .info : level, "\(state.state.rawValue): \(state.reason)",
            metadata: ["state": "\(state.state.rawValue)", "device": "\(listener.device)"])
        return true
    }

    /// One line for `systemctl status`.
    private func statusLine() -> String {
        let status = report.status()
        let metrics = report.metrics()
        guard status.state == .listening else { return "\(status.state.rawValue): \(status.reason)" }
        var line = "Listening on \(status.device)"
        if let level = status.levelDBFS { line += ", level \(Int(level.rounded())) dBFS" }
        line += ", \(metrics.detections.values.reduce(0, +)) events"
        if let last = status.lastEvent { line += ", last \(last.keyword) at \(last.timestamp)" }
        return line + ", \(metrics.gaps) gaps"
    }
}

/// When to ping the service manager's watchdog: only if frames have advanced and the network has run since the last
/// ping, and often enough.
package struct Watchdog {
    private let interval: Duration?
    private var frames: UInt64 = 0
    private var inferences: UInt64 = 0
    private var lastPing: Int64?

    /// - Parameter interval: what the service manager waits for; nil if it does not watch.
    package init(interval: Duration?) { self.interval = interval }

    package mutating func shouldPing(frames: UInt64, inferences: UInt64, now: Int64) -> Bool {
        guard let interval, frames > self.frames, inferences > self.inferences else { return false }
        // A third of what is asked for, so that one late ping does no harm.
        if let lastPing, Duration.nanoseconds(now - lastPing) < interval / 3 { return false }
        (self.frames, self.inferences, lastPing) = (frames, inferences, now)
        return true
    }
}

/// The microphone is gone; the service manager starts the daemon again.
public struct DeviceLost: Error, CustomStringConvertible {
    let device: String
    let end: CaptureEnd

    public var description: String { "the capture device \"\(device)\" was lost: \(end)" }
}
