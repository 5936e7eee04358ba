import Capture

/// A gap in what was heard, on its way from the listening thread to the readers.
struct HeardGap: Sendable, BitwiseCopyable {
    /// The first sample after it, at 16 kHz, counted like those of detections.
    let sample: UInt64
    /// How many are missing, at 16 kHz.
    let lostSamples: UInt64
    let cause: Gap.Cause
    /// When that sample was recorded, by the clock that goes on while the machine is suspended.
    let nanoseconds: Int64
}
