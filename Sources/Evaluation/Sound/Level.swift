import Audio
import Glibc
import Spotting

/// The root mean square of samples; 0 for none.
package func rootMeanSquare(_ samples: some Sequence<Float>) -> Float {
    var sum = 0.0
    var count = 0
    for sample in samples {
        sum += Double(sample) * Double(sample)
        count += 1
    }
    return count == 0 ? 0 : Float((sum / Double(count)).squareRoot())
}

extension Float {
    /// The amplitude of a level in dB: 1 for 0, 0.1 for -20.
    package static func amplitude(decibels: Double) -> Float { Float(pow(10, decibels / 20)) }
}

/// All samples of a clip, at 16 kHz.
package func readClip(_ path: String) throws(AudioError) -> [Float] {
    try MonoReader(path: path).readAll(longestSeconds: ClipClassifier.maximumSeconds)
}

extension Corpus.Background {
    /// All samples, at 16 kHz.
    public func samples() throws(AudioError) -> [Float] {
        // The decision is run over what was recorded in memory, so that there is a limit.
        try MonoReader(path: path).readAll(longestSeconds: 3600)
    }
}
