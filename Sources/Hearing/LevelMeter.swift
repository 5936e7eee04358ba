import Glibc
import Time

/// How loud a stream is, and whether it is digital silence.
package struct LevelMeter {
    private var meanSquare: Float = 0
    private var lastSample: Float = 0
    package private(set) var silence = DigitalSilence()

    package init() {}

    /// Root mean square level of about the last second, in dB full scale: an exponential mean with a time constant of a second.
    package var levelDBFS: Double { 10 * log10(Double(max(meanSquare, 1e-12))) }

    package mutating func add(_ samples: UnsafeBufferPointer<Float>) {
        guard !samples.isEmpty else { return }
        var sum: Float = 0
        var isConstant = true
        for sample in samples {
            sum += sample * sample
            isConstant = isConstant && sample == lastSample
            lastSample = sample
        }
        silence.add(samples.count, isConstant: isConstant)
        let weight = min(Float(samples.count) / Float(SampleRate.perSecond), 1)
        meanSquare += weight * (sum / Float(samples.count) - meanSquare)
    }

    mutating func forgetSilence() { silence = DigitalSilence() }
}
