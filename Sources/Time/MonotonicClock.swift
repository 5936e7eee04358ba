import Glibc

/// The machine's clock: nanoseconds since the machine started, in a plain integer that any thread can
/// read without a system call or an allocation.
public enum MonotonicClock {
    /// Time that stands still while the machine is suspended (CLOCK_MONOTONIC): for deadlines.
    public static func nanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// The same in seconds.
    public static func seconds() -> Double { Double(nanoseconds()) * 1e-9 }

    /// Time that goes on while the machine is suspended (CLOCK_BOOTTIME): for how much of the world was missed.
    public static func nanosecondsWithSuspend() -> Int64 { read(CLOCK_BOOTTIME) }

    /// Processor time that the calling thread has had (CLOCK_THREAD_CPUTIME_ID), in seconds.
    public static func threadSeconds() -> Double { Double(read(CLOCK_THREAD_CPUTIME_ID)) * 1e-9 }

    /// Sleeps; a signal may end it early. Never allocates.
    public static func sleep(nanoseconds: Int64) {
        var duration = time(nanoseconds: nanoseconds)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nil)
    }

    /// A time or a duration as the system takes it; none is negative.
    package static func time(nanoseconds: Int64) -> timespec {
        let whole = max(0, nanoseconds)
        return timespec(tv_sec: Int(whole / 1_000_000_000), tv_nsec: Int(whole % 1_000_000_000))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// The duration in whole nanoseconds; what does not fit an `Int64` (292 years) is cut to it.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        // Half the range: so that a deadline of "now plus for ever" does not overflow either.
        guard !overflow, abs(scaled) < .max / 2 else { return seconds < 0 ? .min / 2 : .max / 2 }
        return scaled + attoseconds / 1_000_000_000
    }
}
