/// Finds out a PCM that has no clock of its own (a `file` PCM), and keeps it from being read faster than real time.
///
/// A device with a clock gives no more than its buffer at once, and then never more than its clock makes: what comes faster
/// than the fastest clock (`DeviceClock.plausible`), by more than the buffer and at least half a second, proves that nothing
/// paces it. A device that gave nothing for a while, as sound servers do, may give that afterwards. So a device with any
/// plausible clock is never delayed, however long it runs. Allocates nothing.
package struct Pacer {
    private let rate: Double
    private let allowanceSamples: Double
    /// Samples ahead of the fastest clock; below 0, what was not given and may still come.
    private var lead = 0.0
    private var last: Int64
    /// What was read since it was found out, and when that was.
    private var paced = (samples: 0, since: Int64(0))

    /// It is known to have no clock.
    package private(set) var isFreeRunning = false

    /// What a device may make up for. One that gives nothing for longer is opened anew.
    private static let creditSeconds = 5.0

    package init(format: CaptureFormat, now: Int64) {
        rate = Double(format.rate)
        allowanceSamples = max(0.5 * rate, Double(format.bufferSamples + format.periodSamples))
        last = now
    }

    /// Counts samples that were read and returns how long to sleep before the next read, in nanoseconds; 0 for a device that
    /// has a clock.
    package mutating func pause(afterReading count: Int, now: Int64) -> Int64 {
        let elapsed = Double(now - last) * 1e-9
        last = now
        guard isFreeRunning else {
            let least = -Self.creditSeconds * rate
            lead = max(least, lead - elapsed * rate * DeviceClock.plausible.upperBound) + Double(count)
            if lead > allowanceSamples { (isFreeRunning, paced) = (true, (0, now)) }
            return 0
        }
        paced.samples += count
        let ahead = Int64(Double(paced.samples) / rate * 1e9) - (now - paced.since)
        // Far behind, it stood still: what was missed is not made up for by a burst.
        if Double(-ahead) * 1e-9 * rate > allowanceSamples { paced = (0, now) }
        return max(0, ahead)
    }

    /// It had to be waited for: it has a clock after all.
    package mutating func waited() {
        if isFreeRunning { (isFreeRunning, lead) = (false, 0) }
    }
}
