import Audio
import Capture
import Time

/// The way of a sample from the open device to 16 kHz mono, for a clip: as that device would write it, in its format, at its
/// rate and in its channels as they were found to be, and through the same conversion and mix as what it really gives.
package struct ClipPath {
    private let format: CaptureFormat
    private let channel: ChannelPolicy
    private let turnedChannels: UInt64
    private let isBesideSound: Bool

    /// - Parameters: the last two as `CaptureCounts` says them.
    package init(format: CaptureFormat, channel: ChannelPolicy, turnedChannels: UInt64, isBesideSound: Bool) {
        (self.format, self.channel) = (format, channel)
        (self.turnedChannels, self.isBesideSound) = (turnedChannels, isBesideSound)
    }

    /// What becomes of a clip, both at 16 kHz.
    func carry(_ clip: [Float]) -> [Float] {
        let recorded = encode(Self.resample(clip, from: SampleRate.perSecond, to: format.rate))
        let period = format.hopSamples
        let sampleBytes = format.channels * format.sampleFormat.bytes
        let converter = SampleConverter(
            format: format.sampleFormat, channels: format.channels, channel: channel, rate: format.rate,
            capacity: period)
        var mono = [Float](repeating: 0, count: recorded.count / sampleBytes)
        recorded.withUnsafeBytes { bytes in
            mono.withUnsafeMutableBufferPointer { mono in
                for start in stride(from: 0, to: mono.count, by: period) {
                    let part = mono[start..<min(start + period, mono.count)]
                    converter.convert(
                        bytes.baseAddress! + start * sampleBytes, count: part.count,
                        into: UnsafeMutableBufferPointer(rebasing: part))
                }
            }
        }
        return Self.resample(mono, from: format.rate, to: SampleRate.perSecond)
    }

    /// In every channel, in those that are opposite with the other sign, and not in the one that is silent beside them.
    private func encode(_ clip: [Float]) -> [UInt8] {
        let gains = (0..<format.channels).map { index -> Float in
            if isBesideSound, channel == .channel(index) { return 0 }
            return index < 64 && turnedChannels >> UInt64(index) & 1 == 1 ? -1 : 1
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(clip.count * gains.count * format.sampleFormat.bytes)
        for sample in clip {
            for gain in gains { format.sampleFormat.append(sample * gain, to: &bytes) }
        }
        return bytes
    }

    private static func resample(_ samples: [Float], from rate: Int, to other: Int) -> [Float] {
        guard rate != other else { return samples }
        let resampler = Resampler(from: rate, to: other)
        var all: [Float] = []
        var output = [Float](repeating: 0, count: resampler.capacity(for: samples.count))
        var count = samples.withUnsafeBufferPointer { samples in
            output.withUnsafeMutableBufferPointer { resampler.process(samples, into: $0) }
        }
        while count > 0 {
            all += output[..<count]
            count = output.withUnsafeMutableBufferPointer { resampler.finish(into: $0) }
        }
        return all
    }
}

extension SampleFormat {
    /// Appends a sample of -1 to 1 as a device of this format writes it.
    fileprivate func append(_ sample: Float, to bytes: inout [UInt8]) {
        func integer(bits: Int) -> Int32 {
            let scale = Double(1 << (bits - 1))
            return Int32(max(-scale, min(scale - 1, (Double(sample) * scale).rounded())))
        }
        switch self {
        case .s16: withUnsafeBytes(of: Int16(integer(bits: 16))) { bytes += $0 }
        case .s32: withUnsafeBytes(of: integer(bits: 32)) { bytes += $0 }
        case .s24: withUnsafeBytes(of: integer(bits: 24)) { bytes += $0 }
        case .s24Packed: withUnsafeBytes(of: integer(bits: 24).littleEndian) { bytes += $0.prefix(3) }
        case .float32: withUnsafeBytes(of: sample) { bytes += $0 }
        }
    }
}
