/// Makes mono floats of what a device writes: one channel of it, or the mean of all.
///
/// Integers are divided by their full scale, which is exact for 16 and 24 bits: the result is in [-1, 1). Floats are
/// clamped to [-1, 1], and what is not a number becomes 0. Capture thread: allocates nothing.
package struct SampleConverter: Sendable {
    private let format: SampleFormat
    private let channels: Int
    private let channel: ChannelPolicy

    /// `channel` must be one that the device has.
    package init(format: SampleFormat, channels: Int, channel: ChannelPolicy) {
        precondition(channels >= channel.minimumChannels, "channel \(channel) of \(channels)")
        self.format = format
        self.channels = channels
        self.channel = channel
    }

    /// Converts `count` interleaved samples of `source` to the first `count` floats of `target`.
    package func convert(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutableBufferPointer<Float>) {
        precondition(count <= target.count, "\(count) samples into a buffer of \(target.count)")
        switch format {
        case .s16:
            convert(count, into: target, scale: 1 / 32_768) {
                Float(source.load(fromByteOffset: 2 * $0, as: Int16.self))
            }
        case .s32:
            convert(count, into: target, scale: 1 / 2_147_483_648) {
                Float(source.load(fromByteOffset: 4 * $0, as: Int32.self))
            }
        case .s24:
            // The fourth byte holds anything: the shift to the left drops it, the one to the right brings the sign.
            convert(count, into: target, scale: 1 / 8_388_608) {
                Float((source.load(fromByteOffset: 4 * $0, as: Int32.self) << 8) >> 8)
            }
        case .s24Packed:
            convert(count, into: target, scale: 1 / 8_388_608) {
                let low = Int32(source.load(fromByteOffset: 3 * $0, as: UInt8.self))
                let middle = Int32(source.load(fromByteOffset: 3 * $0 + 1, as: UInt8.self))
                let high = Int32(source.load(fromByteOffset: 3 * $0 + 2, as: Int8.self))
                return Float(high << 16 | middle << 8 | low)
            }
        case .float32:
            convert(count, into: target, scale: 1) {
                let value = source.load(fromByteOffset: 4 * $0, as: Float.self)
                return value.isFinite ? min(max(value, -1), 1) : 0
            }
        }
    }

    /// `sample` gives the unscaled value at an index into all channels.
    @inline(__always)
    private func convert(
        _ count: Int, into target: UnsafeMutableBufferPointer<Float>, scale: Float, sample: (Int) -> Float
    ) {
        switch channel {
        case .channel(let index):
            for position in 0..<count { target[position] = sample(position * channels + index) * scale }
        case .mix where channels == 1:
            for position in 0..<count { target[position] = sample(position) * scale }
        case .mix:
            let share = scale / Float(channels)
            for position in 0..<count {
                var sum: Float = 0
                for index in 0..<channels { sum += sample(position * channels + index) }
                target[position] = sum * share
            }
        }
    }
}
