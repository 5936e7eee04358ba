import Streams

/// A gap in what was heard, on its way from the listening thread to the readers.
package struct HeardGap: Sendable, BitwiseCopyable {
    /// The first sample after it, at 16 kHz, counted like those of detections.
    package let sample: UInt64
    /// How many are missing, at 16 kHz.
    package let lostSamples: UInt64
    package let cause: Gap.Cause
    /// When that sample was recorded, by the clock that goes on while the machine is suspended.
    package let nanoseconds: Int64
}
