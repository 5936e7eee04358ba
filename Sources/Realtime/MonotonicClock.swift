import Glibc

/// The clock of the real-time side: nanoseconds since the machine started, in a plain integer that any thread can
/// read without a system call or an allocation.
public enum MonotonicClock {
    /// Time that stands still while the machine is suspended (CLOCK_MONOTONIC): for deadlines.
    public static func nanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Time that goes on while the machine is suspended (CLOCK_BOOTTIME): for how much of the world was missed.
    public static func nanosecondsWithSuspend() -> Int64 { read(CLOCK_BOOTTIME) }

    /// Sleeps; a signal may end it early. Never allocates.
    public static func sleep(nanoseconds: Int64) {
        var duration = timespec(nanoseconds: max(0, nanoseconds))
        clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nil)
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

extension timespec {
    package init(nanoseconds: Int64) {
        self.init(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
}
