/// A place in the stream of samples where some are missing: what comes before it and what comes after it do not
/// belong together.
public struct Gap: Sendable, Equatable, BitwiseCopyable {
    /// Why samples are missing.
    public enum Cause: UInt8, Sendable, BitwiseCopyable {
        /// The device's buffer ran over, because the capture thread came too late (an xrun).
        case overrun
        /// The ring was full, because the listening thread came too late.
        case refused
        /// The machine was suspended.
        case suspended
        /// The device gave nothing for longer than its buffer and reported no error.
        case stalled
        /// The device was closed and opened again: it was lost, muted, or changed.
        case reopened
    }

    /// How many samples were written to the ring before the gap: the position of the first sample after it.
    public let position: Int
    /// How many samples are missing, at the device's rate: exact if refused, else an estimate by the clock.
    public let lostSamples: Int
    /// Why they are missing; if several causes met, the first.
    public let cause: Cause

    public init(position: Int, lostSamples: Int, cause: Cause) {
        self.position = position
        self.lostSamples = lostSamples
        self.cause = cause
    }
}
