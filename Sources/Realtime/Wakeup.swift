import Glibc
import Time
internal import CLinux

/// Lets one thread sleep until another has something for it, without a lock between them.
///
/// Signals are not lost: one that comes before the wait ends the next wait at once. Several signals before a wait
/// count as one, so a woken thread looks for all there is.
public final class Wakeup: Sendable {
    private let descriptor: Int32

    /// Opens the event descriptor. Fails only when the process is out of descriptors, which is fatal at start.
    public init() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        precondition(descriptor >= 0, "no event descriptor: \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// Wakes the waiting thread, or the next one to wait. Any thread, the capture thread too: one system call that
    /// never blocks and never allocates.
    public func signal() {
        var one: UInt64 = 1
        // The only possible failure is EAGAIN, when 2^64 - 2 signals are waiting: the sleeper is woken all the same.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Sleeps until a signal, at most for `timeout`, and returns whether there was one. One waiting thread at a time;
    /// allocates nothing.
    ///
    /// - Parameters:
    ///   - other: a descriptor that ends the sleep too, once it can be read; what it has is left to the caller.
    ///   - orWritable: whether it ends the sleep also once it can be written to.
    public func wait(timeout: Duration, orReadable other: Int32 = -1, orWritable: Bool = false) -> Bool {
        let deadline = MonotonicClock.nanoseconds() + timeout.nanoseconds
        // poll leaves out a negative descriptor.
        var requests = (
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: other, events: Int16(orWritable ? POLLIN | POLLOUT : POLLIN), revents: 0)
        )
        while true {
            if takeSignals() { return true }
            let remaining = deadline - MonotonicClock.nanoseconds()
            guard remaining > 0, requests.1.revents == 0 else { return false }
            // Rounded up, so that the last part of a millisecond is slept and not spun. An interrupted sleep (EINTR)
            // goes round again with what is left of the time.
            withUnsafeMutableBytes(of: &requests) { bytes in
                _ = poll(bytes.assumingMemoryBound(to: pollfd.self).baseAddress, 2, milliseconds(remaining))
            }
        }
    }

    private func milliseconds(_ nanoseconds: Int64) -> Int32 { Int32(clamping: (nanoseconds + 999_999) / 1_000_000) }

    private func takeSignals() -> Bool {
        var count: UInt64 = 0
        return read(descriptor, &count, MemoryLayout<UInt64>.size) == MemoryLayout<UInt64>.size
    }
}
