import Time

/// Whether what a microphone gives is digital silence, and whether that is its way.
///
/// A room is never that quiet: a microphone that gives it for long is switched off or dead. One with a noise gate gives it
/// between sounds, and is known by that sound came out of such a pause. After ten minutes of sound without one it has none.
package struct DigitalSilence {
    /// For how many samples each has been the one before.
    package private(set) var samples = 0
    /// It is between sounds, and nothing is wrong.
    package private(set) var isUsual = false
    private var soundSamples = 0

    /// Shorter ones have other causes: a stream that starts, a buffer that was not filled.
    private static let leastPauseSamples = 8000
    private static let longestSoundSamples = 600 * SampleRate.perSecond

    package init() {}

    /// Takes the next samples, at 16 kHz.
    package mutating func add(_ count: Int, isConstant: Bool) {
        if isConstant {
            samples += count
            if samples >= Self.leastPauseSamples { soundSamples = 0 }
            return
        }
        if samples >= Self.leastPauseSamples { isUsual = true }
        samples = 0
        soundSamples += count
        if soundSamples >= Self.longestSoundSamples { isUsual = false }
    }
}
