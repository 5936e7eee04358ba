import Audio

/// Noise to mix speech with: recordings of noise, or white noise where there are none.
///
/// Which noise it gives depends only on the generator that it is asked with.
public struct NoiseSource: Sendable {
    /// Recordings without the silence before and after.
    private let recordings: [[Float]]

    /// Whether there is no recording, so that the noise is white.
    public var isWhite: Bool { recordings.isEmpty }

    /// Below this root mean square a piece of a recording counts as silence: -70 dB relative to full scale.
    private static let silence: Float = 3.2e-4
    private static let fadeSamples = 800

    /// - Parameter recordings: noise at 16,000 samples a second; those that hold nothing but silence are left out.
    public init(_ recordings: [[Float]]) {
        self.recordings = recordings.map(Self.trimmed).filter { $0.count >= 4 * Self.fadeSamples }
    }

    /// A random piece of a random recording, of this length and with a root mean square of 1.
    package func cut(samples count: Int, using generator: inout SplitMix64) -> [Float] {
        // Recordings of single sounds are silent in between.
        for _ in 0..<20 {
            guard let recording = recordings.randomElement(using: &generator) else { break }
            let start = Int.random(in: 0..<max(1, recording.count - count), using: &generator)
            let piece = (0..<count).map { recording[(start + $0) % recording.count] }
            let level = rootMeanSquare(piece)
            if level > Self.silence { return piece.map { $0 / level } }
        }
        return white(samples: count, using: &generator)
    }

    /// Recording after recording in random order, each with a root mean square of 1, with cross-fades of 50 ms.
    package func bed(samples count: Int, using generator: inout SplitMix64) -> [Float] {
        guard !isWhite else { return white(samples: count, using: &generator) }
        var bed = [Float](repeating: 0, count: count)
        var place = 0
        while place < count {
            for recording in recordings.shuffled(using: &generator) where place < count {
                let gain = 1 / rootMeanSquare(recording)
                let fade = Self.fadeSamples
                for index in 0..<min(recording.count, count - place) {
                    // Powers add up to one where two recordings overlap.
                    let edge = min(index, recording.count - 1 - index)
                    let fadeGain = edge < fade ? (Float(edge) / Float(fade)).squareRoot() : 1
                    bed[place + index] += recording[index] * gain * fadeGain
                }
                place += recording.count - fade
            }
        }
        return bed
    }

    private func white(samples count: Int, using generator: inout SplitMix64) -> [Float] {
        // A uniform distribution from -a to a has a root mean square of a / √3.
        let amplitude = Float(3).squareRoot()
        return (0..<count).map { _ in Float.random(in: -amplitude...amplitude, using: &generator) }
    }

    private static func trimmed(_ recording: [Float]) -> [Float] {
        let block = 160
        let loud = stride(from: 0, to: recording.count, by: block).filter { start in
            rootMeanSquare(recording[start..<min(start + block, recording.count)]) > silence
        }
        guard let first = loud.first, let last = loud.last else { return [] }
        return Array(recording[first..<min(last + block, recording.count)])
    }
}

extension [Float] {
    /// The samples with noise so loud that their root mean square over the noise's is the signal-to-noise ratio.
    ///
    /// - Parameter noise: of the same length, with a root mean square of 1.
    package func mixed(with noise: [Float], signalToNoiseDB: Double) -> [Float] {
        let gain = rootMeanSquare(self) / .amplitude(decibels: signalToNoiseDB)
        return zip(self, noise).map { $0 + gain * $1 }
    }
}
