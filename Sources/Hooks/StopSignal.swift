import Glibc
internal import CLinux

/// Says once, to everybody who waits, that everything is to stop. Any thread.
public final class StopSignal: Sendable {
    /// Can be read once it is given; -1, which `poll` ignores, where the system had no descriptor left.
    public let descriptor: CInt

    public init() { descriptor = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK)) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    public func give() { eventfd_write(descriptor, 1) }

    public var isGiven: Bool { wait(for: .zero) }

    /// Waits for it; returns whether it was given in that time.
    public func wait(for patience: Duration) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, milliseconds(patience)) > 0
    }
}

/// As `poll` takes it, rounded up: what is due has then come.
func milliseconds(_ duration: Duration) -> CInt {
    CInt(clamping: Int64((max(.zero, duration) / .milliseconds(1)).rounded(.up)))
}
