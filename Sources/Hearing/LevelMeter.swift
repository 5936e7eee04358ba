import Glibc
import Time

/// How loud a stream is, whether it is cut off, and whether it is digital silence.
package struct LevelMeter {
    private var meanSquare: Float = 0
    private var lastSample: Float = 0
    private var peaks = RecentPeaks()
    private var clipping = Clipping()
    package private(set) var silence = DigitalSilence()

    package init() {}

    /// Root mean square level of about the last second, in dB full scale: an exponential mean with a time constant of a second.
    package var levelDBFS: Double { 10 * log10(Double(max(meanSquare, 1e-12))) }

    /// Peak of the last second, or up to half a second more, in dB full scale.
    package var peakDBFS: Double { 20 * log10(Double(max(peaks.highest, 1e-6))) }

    /// Samples that were cut off at the top, so far.
    package var clippedSamples: UInt64 { clipping.samples }

    package mutating func add(_ samples: UnsafeBufferPointer<Float>) {
        guard !samples.isEmpty else { return }
        var sum: Float = 0
        var peak: Float = 0
        var isConstant = true
        for sample in samples {
            sum += sample * sample
            peak = max(peak, abs(sample))
            isConstant = isConstant && sample == lastSample
            lastSample = sample
        }
        silence.add(samples.count, isConstant: isConstant)
        peaks.add(peak, of: samples.count)
        if peak >= Clipping.level { clipping.add(samples) } else { clipping.end() }
        let weight = min(Float(samples.count) / Float(SampleRate.perSecond), 1)
        meanSquare += weight * (sum / Float(samples.count) - meanSquare)
    }

    mutating func forgetSilence() { silence = DigitalSilence() }
}

/// The highest magnitude of three stretches of half a second, the last of which is not over yet.
private struct RecentPeaks {
    private var stretches: (Float, Float, Float) = (0, 0, 0)
    private var samples = 0

    var highest: Float { max(stretches.0, stretches.1, stretches.2) }

    mutating func add(_ peak: Float, of count: Int) {
        samples += count
        if samples > SampleRate.perSecond / 2 {
            stretches = (stretches.1, stretches.2, 0)
            samples = count
        }
        stretches.2 = max(stretches.2, peak)
    }
}

/// Samples that were cut off: a row of them at full scale, which no sound has that fits.
private struct Clipping {
    /// What counts as full scale, 0.13 dB below it: a resampler and a mix of channels leave a little.
    static let level: Float = 0.985
    /// One or two may be a peak that just fits.
    private static let leastRow = 3

    private(set) var samples: UInt64 = 0
    private var row = 0

    mutating func add(_ heard: UnsafeBufferPointer<Float>) {
        for sample in heard {
            guard abs(sample) >= Self.level else {
                row = 0
                continue
            }
            row += 1
            if row == Self.leastRow { samples += UInt64(Self.leastRow) }
            if row > Self.leastRow { samples += 1 }
        }
    }

    /// None of a whole piece was at full scale.
    mutating func end() { row = 0 }
}
