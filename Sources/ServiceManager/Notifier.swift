import Glibc
import Realtime
import Time
internal import CSystemd

/// Tells the service manager how the service is doing (`sd_notify`). Does nothing when no `NOTIFY_SOCKET` is set.
///
/// Every method is safe on any thread, sends one datagram and neither fails nor waits: a service manager that does not
/// listen must not harm the service. What it is told while it does not is kept, up to a bound, in order: the newest, and
/// whatever changes what the service manager takes the service for.
public struct Notifier: Sendable {
    public init() {}

    // `sd_notify` waits while the service manager's queue is full.
    private static let queue = BackgroundWriter<String>(
        name: "notify", capacity: 16, mayDrop: { $0.hasPrefix("STATUS=") || $0.hasPrefix("WATCHDOG=") },
        write: { text, _ in sd_notify(0, text) })

    /// Whether somebody asked to be told. Also true when the socket cannot be reached.
    public static var isWanted: Bool { getenv("NOTIFY_SOCKET") != nil }

    /// The service has started, or has finished a reload.
    public func ready(status: String? = nil) { send("READY=1", status: status) }

    /// The line that `systemctl status` shows.
    public func status(_ text: String) { send(nil, status: text) }

    /// The service is alive; to be sent at least every half of `watchdogInterval`.
    public func watchdog() { send("WATCHDOG=1") }

    /// A reload begins. `ready` ends it.
    public func reloading(status: String? = nil) {
        // systemd (Type=notify-reload) drops a RELOADING without the time at which it began.
        send("RELOADING=1\nMONOTONIC_USEC=\(MonotonicClock.nanoseconds() / 1_000)", status: status)
    }

    /// The service is about to end.
    public func stopping(status: String? = nil) {
        send("STOPPING=1", status: status)
        // The process may end right after.
        if Self.isWanted { Self.queue.flush(within: .milliseconds(100)) }
    }

    /// How long the service manager waits for a `watchdog` before it kills the service; nil if it does not watch this
    /// process.
    public static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    private func send(_ message: String?, status: String? = nil) {
        guard Self.isWanted else { return }
        // A line end would begin another variable.
        let line = status.map { "STATUS=" + $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
        Self.queue.add([message, line].compactMap { $0 }.joined(separator: "\n"))
    }
}
