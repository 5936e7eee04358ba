import Spotting

/// A detection on its way from the listening thread to the readers.
struct HeardDetection: Sendable, BitwiseCopyable {
    let detection: Detection
    /// When the decision fell, by the monotonic clock.
    let decidedNanoseconds: Int64
}
