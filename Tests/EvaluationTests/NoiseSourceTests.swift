import Evaluation
import Foundation
import TestSupport
import Testing

struct NoiseSourceTests {
    /// A second of silence, two of a tone, one of silence.
    static let recording =
        [Float](repeating: 0, count: 16000) + tone(hertz: 440, samples: 32000, amplitude: 0.01)
        + [Float](repeating: 0, count: 16000)

    @Test(arguments: [20.0, 0, -5], [[recording], []])
    func `the ratio of a mix is that of the root mean squares`(decibels: Double, recordings: [[Float]]) {
        let speech = tone(hertz: 200, samples: 16000, amplitude: 0.3)
        var generator = SplitMix64(seed: 1)
        let source = NoiseSource(recordings)
        #expect(source.isWhite == recordings.isEmpty)
        let noise = source.cut(samples: speech.count, using: &generator)
        let mixed = speech.mixed(with: noise, signalToNoiseDB: decibels)
        let rest = zip(mixed, speech).map { $0 - $1 }
        let expected = rootMeanSquare(speech) / rootMeanSquare(rest)
        #expect(abs(20 * log10(Double(expected)) - decibels) < (recordings.isEmpty ? 0.2 : 0.01))
    }

    @Test
    func `which noise it is depends on the name alone`() {
        let source = NoiseSource([noise(samples: 80000, seed: 1), noise(samples: 80000, seed: 2)])
        func cut(_ name: String) -> [Float] {
            var generator = SplitMix64(name: name)
            return source.cut(samples: 1000, using: &generator)
        }
        #expect(cut("left/a.wav") == cut("left/a.wav"))
        #expect(cut("left/a.wav") != cut("left/b.wav"))
    }

    @Test
    func `a bed of noise keeps its level, without the silence around recordings`() {
        var generator = SplitMix64(seed: 3)
        let bed = NoiseSource([Self.recording, noise(samples: 40000)]).bed(samples: 200_000, using: &generator)
        #expect(bed.count == 200_000)
        // The first recording fades in.
        for part in Array(bed.dropFirst(1600)).chunks(of: 8000).dropLast() {
            #expect((0.8...1.2).contains(rootMeanSquare(part)))
        }
    }

    @Test
    func `recordings of nothing but silence give white noise`() {
        let source = NoiseSource([[Float](repeating: 0, count: 16000), [0.1]])
        var generator = SplitMix64(seed: 4)
        #expect(source.isWhite)
        #expect((0.95...1.05).contains(rootMeanSquare(source.bed(samples: 16000, using: &generator))))
    }
}
