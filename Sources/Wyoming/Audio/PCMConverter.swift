import Audio

/// Brings a client's audio to mono floats at one rate, piece by piece: channels are mixed so that none cancels
/// (`ChannelMix`), the rate is converted (`Resampler`).
///
/// One thread. Allocates in `init` only.
final class PCMConverter {
    let format: PCMFormat
    private let mix: ChannelMix?
    private let resampler: Resampler?
    private let interleaved: UnsafeMutableBufferPointer<Float>
    private let mono: UnsafeMutableBufferPointer<Float>
    private let resampled: UnsafeMutableBufferPointer<Float>
    private let blockSamples: Int
    /// The bytes of a sample that has not all come.
    private var rest: [UInt8] = []

    init(_ format: PCMFormat, rate: Int) {
        self.format = format
        // Ten milliseconds.
        blockSamples = max(1, format.rate / 100)
        mix = format.channels == 1 ? nil : ChannelMix(channels: format.channels, rate: format.rate)
        resampler = format.rate == rate ? nil : Resampler(from: format.rate, to: rate)
        func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            buffer.initialize(repeating: 0)
            return buffer
        }
        interleaved = zeros(blockSamples * format.channels)
        mono = zeros(mix == nil ? 0 : blockSamples)
        resampled = zeros(resampler?.capacity(for: blockSamples) ?? 0)
        rest.reserveCapacity(format.sampleBytes)
    }

    deinit { for buffer in [interleaved, mono, resampled] { buffer.deallocate() } }

    /// Takes any number of bytes, and calls `body` with the samples that they complete, -1 to 1.
    func convert(_ bytes: [UInt8], _ body: (UnsafeBufferPointer<Float>) -> Void) {
        bytes.withUnsafeBytes { bytes in
            var bytes = bytes[...]
            if !rest.isEmpty {
                let missing = bytes.prefix(format.sampleBytes - rest.count)
                rest += missing
                bytes = bytes.dropFirst(missing.count)
                guard rest.count == format.sampleBytes else { return }
                rest.withUnsafeBytes { convertBlock($0, body) }
                rest.removeAll(keepingCapacity: true)
            }
            while bytes.count >= format.sampleBytes {
                let count = min(bytes.count / format.sampleBytes, blockSamples)
                let block = bytes.prefix(count * format.sampleBytes)
                convertBlock(UnsafeRawBufferPointer(rebasing: block), body)
                bytes = bytes.dropFirst(block.count)
            }
            rest += bytes
        }
    }

    /// Gives what the resampler still holds.
    func finish(_ body: (UnsafeBufferPointer<Float>) -> Void) {
        guard let resampler else { return }
        while true {
            let count = resampler.finish(into: resampled)
            guard count > 0 else { return }
            body(UnsafeBufferPointer(rebasing: resampled[..<count]))
        }
    }

    /// At most `blockSamples` whole samples.
    private func convertBlock(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        let count = bytes.count / format.sampleBytes
        decode(bytes)
        var samples = UnsafeBufferPointer(rebasing: interleaved[..<count])
        if let mix {
            mix.mix(interleaved.baseAddress!, count: count, into: mono.baseAddress!)
            samples = UnsafeBufferPointer(rebasing: mono[..<count])
        }
        guard let resampler else { return body(samples) }
        let written = resampler.process(samples, into: resampled)
        if written > 0 { body(UnsafeBufferPointer(rebasing: resampled[..<written])) }
    }

    /// Writes `interleaved`.
    private func decode(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count / format.width
        switch format.width {
        case 1: for index in 0..<count { interleaved[index] = (Float(bytes[index]) - 128) * 0x1p-7 }
        case 2:
            for index in 0..<count {
                let value = Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self))
                interleaved[index] = Float(value) * 0x1p-15
            }
        case 3:
            for index in 0..<count {
                let place = 3 * index
                let value =
                    Int32(bytes[place]) | Int32(bytes[place + 1]) << 8
                    | Int32(Int8(bitPattern: bytes[place + 2])) << 16
                interleaved[index] = Float(value) * 0x1p-23
            }
        default:
            for index in 0..<count {
                let value = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
                interleaved[index] = Float(value) * 0x1p-31
            }
        }
    }
}
