/// Tells by the clock how many samples a device lost while it gave none. Allocates nothing.
struct LossEstimator {
    private let rate: Double
    private let bufferNanoseconds: Int64
    private var lastRead: Int64
    private var lastBacklog = 0

    init(format: CaptureFormat, now: Int64) {
        rate = Double(format.rate)
        bufferNanoseconds = Int64(Double(format.bufferSamples) / rate * 1e9)
        lastRead = now
    }

    /// Samples that the device recorded between the last read and this one, but that are neither in this read nor still
    /// waiting. Good to a period or two; never negative.
    func lost(whenReading count: Int, backlog: Int, now: Int64) -> Int {
        let recorded = lastBacklog + Int(Double(now - lastRead) * 1e-9 * rate)
        return max(0, recorded - count - backlog)
    }

    /// Whether the device was silent for longer than its buffer lasts: it lost samples, or its clock stood, and it
    /// did not say.
    func isStall(now: Int64) -> Bool { now - lastRead > bufferNanoseconds }

    /// Remembers a read.
    mutating func note(backlog: Int, now: Int64) {
        lastRead = now
        lastBacklog = backlog
    }
}
