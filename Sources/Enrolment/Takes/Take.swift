import Audio
import Glibc
import Time

/// One recording of a word by somebody who teaches it.
public struct Take: Sendable {
    /// A file's name, or the number of the recording.
    public let name: String
    /// Mono, 16,000 a second, -1 to 1: the word with what is around it, at most half a second on each side.
    public let samples: [Float]
    /// Where in them the word is.
    package let word: Range<Int>
    /// Level of the word in dB relative to full scale.
    public let levelDBFS: Float

    /// A longer recording is no take.
    public static let longestRecordingSeconds = 20

    /// Around the word, so much is kept: what is further away teaches nothing.
    private static let marginSamples = SampleRate.perSecond / 2
    /// A word shorter than this is a sound, and one longer does not fit into the network's window with room to move.
    package static let seconds = 0.28...1.3
    /// Quieter than this, what a sound card adds counts as much as the voice.
    private static let quietestDB: Float = -52
    /// The voice must stand out so far from what is around it.
    private static let leastContrastDB: Float = 9
    /// So many of the word's samples at full scale are heard.
    private static let clippedPart = 0.003

    /// Judges a recording by itself. Throws `TakeProblem` where it does not serve.
    public init(name: String, samples: [Float]) throws(TakeProblem) {
        guard samples.allSatisfy(\.isFinite) else { throw .damaged }
        guard let span = SpokenSpan(in: samples) else {
            throw samples.contains { abs($0) > 0.003 } ? .nothingStandsOut : .silent
        }
        guard span.levelDB >= Self.quietestDB else { throw .tooQuiet(levelDBFS: span.levelDB) }
        let clipped = samples[span.samples].count { abs($0) >= 0.999 }
        guard Double(clipped) < Self.clippedPart * Double(span.samples.count) else { throw .clipped }
        guard span.others == 0 else { throw .severalWords(span.others + 1) }
        guard span.seconds >= Self.seconds.lowerBound else { throw .tooShort(seconds: span.seconds) }
        guard span.seconds <= Self.seconds.upperBound else { throw .tooLong(seconds: span.seconds) }
        let edge = SampleRate.perSecond / 50
        guard span.samples.lowerBound >= edge || Self.isQuiet(samples.prefix(edge / 2), span) else {
            throw .cutOff(atStart: true)
        }
        guard span.samples.upperBound <= samples.count - edge || Self.isQuiet(samples.suffix(edge / 2), span) else {
            throw .cutOff(atStart: false)
        }
        guard span.levelDB - span.floorDB >= Self.leastContrastDB else { throw .nothingStandsOut }
        let first = max(0, span.samples.lowerBound - Self.marginSamples)
        let last = min(samples.count, span.samples.upperBound + Self.marginSamples)
        self.name = name
        self.samples = Array(samples[first..<last])
        word = span.samples.lowerBound - first..<span.samples.upperBound - first
        levelDBFS = span.levelDB
    }

    /// As a file, 16 bits.
    public var wav: [UInt8] {
        WaveHeader.bytes(samples: samples.count)
            + samples.flatMap { sample in
                withUnsafeBytes(of: Int16(max(-32768, min(32767, sample * 32768))).littleEndian, Array.init)
            }
    }

    /// Whether a recording's edge is much quieter than its word: then the word was not cut.
    private static func isQuiet(_ samples: ArraySlice<Float>, _ span: SpokenSpan) -> Bool {
        let power = samples.reduce(0) { $0 + $1 * $1 } / Float(max(samples.count, 1))
        return power < 0.02 * powerOf(span.levelDB)
    }

    private static func powerOf(_ decibels: Float) -> Float { powf(10, decibels / 10) }

    /// Whether two takes are one recording, perhaps at another level: then the second teaches nothing.
    package func isSameRecording(as other: Take) -> Bool {
        guard word.count == other.word.count else { return false }
        var (product, own, others) = (0.0, 0.0, 0.0)
        for (one, two) in zip(samples[word], other.samples[other.word]) {
            product += Double(one * two)
            own += Double(one * one)
            others += Double(two * two)
        }
        return product > 0.999 * (own * others).squareRoot()
    }
}
