import Glibc

/// Makes one channel of several that hear the same room: their mean, each with the sign that it has among the others.
///
/// In a plain mean channels that are opposite (a balanced microphone in a stereo socket, one with crossed wires) cancel. They
/// are turned over before they are added, so that the mean always has at least half the power that it would have of channels
/// that have nothing in common. By sign, and not the better channel alone: which is better cannot be told from its level (the
/// one that hums is the louder), and the mean loses at worst what silent channels take, and wins where all hear.
///
/// Signs are settled on each hundredth of a second before it is mixed, from the covariance of the channels in about the last
/// half second, without what lies below speech. One thread at a time; allocates in `init` only.
public final class ChannelMix {
    private let channels: Int
    /// How many samples are looked at before they are mixed.
    private let pieceSamples: Int
    private let signs: UnsafeMutableBufferPointer<Float>
    /// Of the last half second and of one piece: `[channels][channels]`, symmetric.
    private let covariance: UnsafeMutableBufferPointer<Float>
    private let piece: UnsafeMutableBufferPointer<Float>
    /// What the high-pass filter of each channel remembers.
    private let lastInput: UnsafeMutableBufferPointer<Float>
    private let filtered: UnsafeMutableBufferPointer<Float>
    private let filterPole: Float
    private var isBegun = false

    /// How much of what was is kept over a piece: 0.98^50 is about 1/e in half a second.
    private static let kept: Float = 0.98
    /// An offset and the hum of mains are the same in all channels, also where what is spoken is opposite.
    private static let highPassHertz: Float = 150
    /// A channel is turned over when it is as much against the others as this correlation. Between this and its opposite the
    /// sign stays, because a sign that changes is heard.
    private static let opposition: Float = -0.5

    /// - Parameters:
    ///   - channels: at least 1.
    ///   - rate: samples a second of each.
    public init(channels: Int, rate: Int) {
        precondition(channels >= 1 && rate >= 1, "\(channels) channels at \(rate) samples a second")
        self.channels = channels
        pieceSamples = max(1, rate / 100)
        filterPole = 1 - min(0.5, 2 * .pi * Self.highPassHertz / Float(rate))
        func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            buffer.initialize(repeating: 0)
            return buffer
        }
        (signs, lastInput, filtered) = (zeros(channels), zeros(channels), zeros(channels))
        (covariance, piece) = (zeros(channels * channels), zeros(channels * channels))
        signs.update(repeating: 1)
    }

    deinit { for buffer in [signs, covariance, piece, lastInput, filtered] { buffer.deallocate() } }

    /// Which channels are turned over: bit 0 is the first one. Of those after the 64th nothing is said.
    public private(set) var turned: UInt64 = 0

    /// Mixes `count` interleaved samples to the first `count` of `target`.
    public func mix(_ interleaved: UnsafePointer<Float>, count: Int, into target: UnsafeMutablePointer<Float>) {
        guard channels > 1 else { return target.update(from: interleaved, count: count) }
        let share = 1 / Float(channels)
        var start = 0
        while start < count {
            defer { start += pieceSamples }
            let samples = start..<min(start + pieceSamples, count)
            listen(interleaved + start * channels, count: samples.count)
            settleSigns()
            for position in samples {
                var sum: Float = 0
                for channel in 0..<channels { sum += signs[channel] * interleaved[position * channels + channel] }
                target[position] = sum * share
            }
        }
    }

    /// Adds the covariance of the next samples.
    private func listen(_ samples: UnsafePointer<Float>, count: Int) {
        piece.update(repeating: 0)
        // An offset is no sound, not even when it begins.
        if !isBegun, count > 0 { lastInput.baseAddress!.update(from: samples, count: channels) }
        isBegun = true
        for position in 0..<count {
            for channel in 0..<channels {
                let input = samples[position * channels + channel]
                let output = filterPole * (filtered[channel] + input - lastInput[channel])
                (lastInput[channel], filtered[channel]) = (input, output)
                for other in 0...channel { piece[channel * channels + other] += output * filtered[other] }
            }
        }
        var power: Float = 0
        for channel in 0..<channels { power += piece[channel * channels + channel] }
        guard power.isFinite, power > 1e-12 * Float(count) else { return }
        // By amplitude, not by power: else a bang outweighs the seconds of speech that follow it.
        let weight = 1 / power.squareRoot()
        for row in 0..<channels {
            for column in 0...row {
                let value = Self.kept * covariance[row * channels + column] + weight * piece[row * channels + column]
                covariance[row * channels + column] = value
                covariance[column * channels + row] = value
            }
        }
    }

    /// Turns over what is against the others, the most opposed channel first, until none is. Each turn adds to the power of
    /// the sum, so it ends; the bound is for what rounding does.
    private func settleSigns() {
        for _ in 0..<channels {
            var sum: Float = 0
            for row in 0..<channels { sum += signs[row] * withOthers(row) + covariance[row * channels + row] }
            var most = (channel: -1, correlation: Self.opposition)
            for channel in 0..<channels {
                let own = covariance[channel * channels + channel]
                let common = signs[channel] * withOthers(channel)
                let others = sum - own - 2 * common
                guard own > 0, others > 0 else { continue }
                let correlation = common / (own * others).squareRoot()
                if correlation <= most.correlation { most = (channel, correlation) }
            }
            guard most.channel >= 0 else { return }
            signs[most.channel] = -signs[most.channel]
            if most.channel < 64 { turned ^= 1 << UInt64(most.channel) }
        }
    }

    /// What a channel has in common with the sum of the others.
    private func withOthers(_ channel: Int) -> Float {
        var sum: Float = 0
        for other in 0..<channels where other != channel {
            sum += signs[other] * covariance[channel * channels + other]
        }
        return sum
    }
}
