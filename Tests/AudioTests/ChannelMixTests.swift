import Audio
import Testing
import TestSupport

struct ChannelMixTests {
    private func mix(_ channels: [[Float]], rate: Int = 16_000) -> (samples: [Float], turned: UInt64) {
        let mix = ChannelMix(channels: channels.count, rate: rate)
        let interleaved = channels[0].indices.flatMap { position in channels.map { $0[position] } }
        var mono = [Float](repeating: 0, count: channels[0].count)
        mix.mix(interleaved, count: mono.count, into: &mono)
        return (mono, mix.turned)
    }

    private func level(_ samples: some Collection<Float>) -> Float {
        samples.reduce(0) { $0 + $1 * $1 } / Float(max(1, samples.count))
    }

    private func scaled(_ samples: [Float], _ gain: Float, plus others: [Float]? = nil, offset: Float = 0) -> [Float] {
        samples.indices.map { samples[$0] * gain + (others?[$0] ?? 0) + offset }
    }

    private let sound = noise(samples: 32_000)

    @Test(arguments: [8_000, 16_000, 44_100, 192_000])
    func `an opposite channel is turned over from the first sample on`(rate: Int) {
        let (mixed, turned) = mix([sound, scaled(sound, -1)], rate: rate)
        #expect(turned == 0b10 && mixed == sound)
    }

    @Test(
        arguments: [
            [1, -1], [-1, 1], [1, -0.5], [0.1, -1], [1, 1, -1], [1, -1, -1], [1, -1, 1, -1], [1, 0, 0, -1],
            [1, 1, 1, 1, 1, -1], [-0.2, 1, 0.3, -0.9, 0, 0.5, -1, 0.7],
        ] as [[Float]])
    func `whatever the gains of the channels, the mix has all of them`(gains: [Float]) {
        let (mixed, _) = mix(gains.map { scaled(sound, $0) })
        let whole = gains.reduce(0) { $0 + abs($1) } / Float(gains.count)
        #expect(level(mixed) > 0.98 * level(scaled(sound, whole)))
    }

    @Test func `three channels that cancel only together do not`() {
        let parts = [noise(samples: 32_000, seed: 1), noise(samples: 32_000, seed: 2)]
        let channels = [parts[0], parts[1], scaled(scaled(parts[0], -1), 1, plus: scaled(parts[1], -1))]
        #expect(level(mix(channels).samples) > 0.5 * channels.map(level).reduce(0, +) / 9)
    }

    @Test func `noise of its own in each channel, an offset and hum do not hide that what is said is opposite`() {
        let noises = [noise(samples: 32_000, seed: 3), noise(samples: 32_000, seed: 4)]
        let hum = tone(hertz: 50, samples: 32_000, amplitude: 0.02)
        let channels = [
            scaled(sound, 0.3, plus: scaled(noises[0], 0.15, plus: hum), offset: 0.2),
            scaled(sound, -0.3, plus: scaled(noises[1], 0.15, plus: hum), offset: 0.2),
        ]
        let (mixed, turned) = mix(channels)
        #expect(turned == 0b10)
        #expect(level(mixed.suffix(16_000)) > 0.9 * level(scaled(sound, 0.3).suffix(16_000)))
    }

    @Test func `after a bang in both channels opposite speech is heard again within seconds`() {
        let bang = scaled(noise(samples: 8_000, seed: 5), 1)
        let speech = scaled(noise(samples: 64_000, seed: 6), 0.02)
        let (mixed, _) = mix([bang + speech, bang + scaled(speech, -1)])
        #expect(mixed.suffix(16_000).elementsEqual(speech.suffix(16_000)))
    }

    @Test func `channels that have nothing in common, and a dead one, are averaged as they are`() {
        let other = noise(samples: 32_000, seed: 7)
        let (mixed, turned) = mix([sound, other])
        #expect(turned == 0 && mixed == zip(sound, other).map { ($0 + $1) * 0.5 })
        #expect(mix([sound, scaled(sound, 0)]).samples == scaled(sound, 0.5))
        #expect(mix([scaled(sound, 0), scaled(sound, 0)]).samples.allSatisfy { $0 == 0 })
    }
}
