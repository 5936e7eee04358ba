/// Tells by the machine's clock how many samples a device lost while it gave none. Allocates nothing.
package struct LossEstimator {
    /// Without a sample for so long, the buffer of the slowest device has run over.
    private let stallNanoseconds: Int64
    private let periodSamples: Int
    private var lastRead: Int64
    private var lastBacklog = 0

    package init(format: CaptureFormat, now: Int64) {
        let longest = Double(format.bufferSamples) / Double(format.rate) / DeviceClock.plausible.lowerBound
        stallNanoseconds = Int64(longest * 1e9)
        periodSamples = format.periodSamples
        lastRead = now
    }

    /// Samples that the device recorded between the last read and this one, but that are neither in this read nor still
    /// waiting. Good to a period or two; never negative.
    package func lost(whenReading count: Int, backlog: Int, clock: DeviceClock, now: Int64) -> Int {
        max(0, lastBacklog + Int(clock.samples(inNanoseconds: now - lastRead)) - count - backlog)
    }

    /// Whether the device was silent for longer than its buffer lasts, and has less than it should have by now: it lost
    /// samples, or its clock stood, and it did not say.
    package func isStall(whenReading count: Int, backlog: Int, clock: DeviceClock, now: Int64) -> Bool {
        now - lastRead > stallNanoseconds
            && lost(whenReading: count, backlog: backlog, clock: clock, now: now) > periodSamples
    }

    /// Remembers a read.
    package mutating func note(backlog: Int, now: Int64) {
        lastRead = now
        lastBacklog = backlog
    }
}
