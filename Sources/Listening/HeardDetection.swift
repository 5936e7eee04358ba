import Spotting

/// A detection on its way from the listening thread to the readers.
package struct HeardDetection: Sendable, BitwiseCopyable {
    package let detection: Detection
    /// The number of the ``LiveModel`` that decided.
    package let model: Int32
    /// When its last sample was recorded, and when the decision fell, by the clock that goes on while the machine is suspended.
    package let endedNanoseconds: Int64
    package let decidedNanoseconds: Int64

    /// From the end of the word to the decision: by the clock, not by samples, so that nothing that waited is left out.
    package var latencyMilliseconds: Double { Double(decidedNanoseconds - endedNanoseconds) / 1e6 }
}
