import Spotting

/// A detection on its way from the listening thread to the readers.
struct HeardDetection: Sendable, BitwiseCopyable {
    let detection: Detection
    /// The number of the ``LiveModel`` that decided.
    let model: Int32
    /// When the decision fell, by the monotonic clock.
    let decidedNanoseconds: Int64
}
