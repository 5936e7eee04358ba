import Audio

/// Makes mono floats of what a device writes: one channel of it, or the mix of all (`ChannelMix`, in which none cancels).
///
/// Integers are divided by their full scale, which is exact for 16 and 24 bits: the result is in [-1, 1). Floats are
/// clamped to [-1, 1], and what is not a number becomes 0. One thread at a time, the capture thread: allocates in `init` only.
package final class SampleConverter {
    private let format: SampleFormat
    private let channels: Int
    private let channel: ChannelPolicy
    private let mix: ChannelMix
    /// All channels, as floats, of at most `capacity` samples.
    private let interleaved: UnsafeMutableBufferPointer<Float>

    /// Whether the one channel that is listened to was digital silence while another one was not, when any last was not.
    package private(set) var isBesideSound = false

    /// `channel` must be one that the device has.
    ///
    /// - Parameters:
    ///   - rate: samples a second.
    ///   - capacity: the most samples that are converted at once.
    package init(format: SampleFormat, channels: Int, channel: ChannelPolicy, rate: Int, capacity: Int) {
        precondition(channels >= channel.minimumChannels, "channel \(channel) of \(channels)")
        self.format = format
        self.channels = channels
        self.channel = channel
        mix = ChannelMix(channels: channels, rate: rate)
        interleaved = .allocate(capacity: capacity * channels)
        interleaved.initialize(repeating: 0)
    }

    deinit { interleaved.deallocate() }

    /// The channels that are opposite to the others, and turned over before they are mixed: bit 0 is the first one.
    package var turnedChannels: UInt64 { mix.turned }

    /// Converts `count` interleaved samples of `source` to the first `count` floats of `target`.
    package func convert(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutableBufferPointer<Float>) {
        precondition(count <= target.count, "\(count) samples into a buffer of \(target.count)")
        precondition(count * channels <= interleaved.count, "\(count) samples of \(channels) channels")
        guard count > 0, let start = interleaved.baseAddress, let mono = target.baseAddress else { return }
        read(source, count: count * channels)
        switch channel {
        case .mix: mix.mix(start, count: count, into: mono)
        case .channel(let index):
            for position in 0..<count { mono[position] = start[position * channels + index] }
            if !(0..<count).allSatisfy({ mono[$0] == 0 }) {
                isBesideSound = false
            } else if !(0..<count * channels).allSatisfy({ start[$0] == 0 }) {
                isBesideSound = true
            }
        }
    }

    /// Makes floats of `count` values of whichever channels.
    private func read(_ source: UnsafeRawPointer, count: Int) {
        switch format {
        case .s16:
            read(count, scale: 1 / 32_768) {
                Float(source.load(fromByteOffset: 2 * $0, as: Int16.self))
            }
        case .s32:
            read(count, scale: 1 / 2_147_483_648) {
                Float(source.load(fromByteOffset: 4 * $0, as: Int32.self))
            }
        case .s24:
            // The fourth byte holds anything: the shift to the left drops it, the one to the right brings the sign.
            read(count, scale: 1 / 8_388_608) {
                Float((source.load(fromByteOffset: 4 * $0, as: Int32.self) << 8) >> 8)
            }
        case .s24Packed:
            read(count, scale: 1 / 8_388_608) {
                let low = Int32(source.load(fromByteOffset: 3 * $0, as: UInt8.self))
                let middle = Int32(source.load(fromByteOffset: 3 * $0 + 1, as: UInt8.self))
                let high = Int32(source.load(fromByteOffset: 3 * $0 + 2, as: Int8.self))
                return Float(high << 16 | middle << 8 | low)
            }
        case .float32:
            read(count, scale: 1) {
                let value = source.load(fromByteOffset: 4 * $0, as: Float.self)
                return value.isFinite ? min(max(value, -1), 1) : 0
            }
        }
    }

    /// `value` gives the unscaled value at an index into all channels.
    @inline(__always)
    private func read(_ count: Int, scale: Float, value: (Int) -> Float) {
        for index in 0..<count { interleaved[index] = value(index) * scale }
    }
}
