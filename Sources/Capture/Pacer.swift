/// Keeps a PCM that has no clock of its own (a `file` PCM) from being read faster than real time.
///
/// A real device can never be ahead of the clock by more than its buffer, so a lead of more than that, and at least
/// 500 ms, proves that nothing paces it. A real device is therefore never delayed. Allocates nothing.
struct Pacer {
    private let rate: Double
    private let allowanceNanoseconds: Int64
    private var originNanoseconds: Int64
    private var samples = 0

    init(format: CaptureFormat, now: Int64) {
        rate = Double(format.rate)
        let buffer = Double(format.bufferSamples + format.periodSamples) / rate
        allowanceNanoseconds = Int64(max(0.5, buffer) * 1e9)
        originNanoseconds = now
    }

    /// Counts samples that were read and returns how long to sleep before the next read, in nanoseconds; 0 for a real
    /// device.
    mutating func pause(afterReading count: Int, now: Int64) -> Int64 {
        samples += count
        let lead = Int64(Double(samples) / rate * 1e9) - (now - originNanoseconds)
        if lead < 0 {
            // Behind the clock: what was missed is not made up for, neither by a burst from a file nor by drift over
            // days.
            originNanoseconds = now
            samples = 0
        }
        return max(0, lead - allowanceNanoseconds)
    }
}
