import Foundation

/// A WAV file, written byte by byte, so that a test can also write a wrong one.
public struct Wave: Sendable {
    public enum Encoding: Sendable { case pcm16, float32 }

    public let rate: Int
    public let channels: Int
    public let encoding: Encoding

    public init(rate: Int = 16000, channels: Int = 1, encoding: Encoding = .pcm16) {
        self.rate = rate
        self.channels = channels
        self.encoding = encoding
    }

    private var sampleBytes: Int { encoding == .pcm16 ? 2 : 4 }

    /// The 44 bytes before the data of so many samples of each channel.
    public func header(samples: Int) -> [UInt8] {
        let dataBytes = samples * channels * sampleBytes
        var bytes = Array("RIFF".utf8) + little(UInt32(36 + dataBytes)) + Array("WAVEfmt ".utf8) + little(UInt32(16))
        bytes += little(UInt16(encoding == .pcm16 ? 1 : 3)) + little(UInt16(channels)) + little(UInt32(rate))
        bytes += little(UInt32(rate * channels * sampleBytes)) + little(UInt16(channels * sampleBytes))
        return bytes + little(UInt16(sampleBytes * 8)) + Array("data".utf8) + little(UInt32(dataBytes))
    }

    /// The whole file.
    ///
    /// - Parameter interleaved: samples of all channels in turn, -1 to 1.
    public func bytes(_ interleaved: [Float]) -> [UInt8] {
        header(samples: interleaved.count / channels)
            + interleaved.flatMap { sample in
                switch encoding {
                case .pcm16: little(UInt16(bitPattern: Int16((sample * 32767).rounded())))
                case .float32: little(sample.bitPattern)
                }
            }
    }

    /// The whole file, with the same samples in every channel.
    public func bytes(mono: [Float]) -> [UInt8] { bytes(mono.flatMap { Array(repeating: $0, count: channels) }) }

    /// Writes a file of silence that takes no room on disk, however long it is.
    public func writeSilence(to file: URL, seconds: Int) throws {
        try Data(header(samples: seconds * rate)).write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: UInt64(44 + seconds * rate * channels * sampleBytes))
        try handle.close()
    }

    private func little(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }
}

/// A sine that begins at 0.
public func tone(hertz: Double, samples: Int, rate: Int = 16000, amplitude: Double = 0.5) -> [Float] {
    (0..<samples).map { Float(amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate))) }
}

/// Faint noise with beeps in it as the model of two networks knows them: the first at half a second, then one every second
/// and a half.
public func beeps(hertz: [Double]) -> [Float] {
    var samples = noise(samples: (hertz.count + 1) * 24000, amplitude: 0.003, seed: 5)
    for (number, pitch) in hertz.enumerated() {
        for (index, sample) in tone(hertz: pitch, samples: 4200, amplitude: 0.3).enumerated() {
            samples[8000 + number * 24000 + index] += sample
        }
    }
    return samples
}

/// White noise, the same for the same seed.
public func noise(samples: Int, amplitude: Float = 0.1, seed: UInt64 = 1) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<samples).map { _ in Float.random(in: -amplitude...amplitude, using: &generator) }
}

/// SplitMix64 (Steele, Lea and Flood 2014): random numbers that are the same in every run.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
