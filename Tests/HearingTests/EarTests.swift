import Glibc
import Hearing
import Models
import Spotting
import TestSupport
import Testing

struct EarTests {
    let model: Model

    init() throws { model = try Model(path: Fixture.twoNetworksPath) }

    private func hear(_ sound: [Float], by ear: Ear) -> [Detection] {
        var detections: [Detection] = []
        for piece in sound.chunks(of: 1000) {
            piece.withUnsafeBufferPointer { piece in ear.hear(piece) { detections.append(timeless($0)) } }
        }
        return detections
    }

    private func timeless(_ detection: Detection) -> Detection {
        var detection = detection
        detection.processingSeconds = 0
        return detection
    }

    @Test func `an ear hears what a spotter hears, keeps what it heard, and counts what flowed`() {
        let sound = beeps(hertz: [440, 1600])
        let policy = DecisionPolicy(model.description)
        let ear = Ear(Spotter(model, policy: policy), history: SampleHistory(capacity: 100_000))
        let heard = hear(sound, by: ear)
        var expected: [Detection] = []
        let spotter = Spotter(model, policy: policy)
        sound.withUnsafeBufferPointer { spotter.process($0) { expected.append(timeless($0)) } }
        #expect(heard.count == 2 && heard == expected)
        #expect(ear.counters.samples.total == UInt64(sound.count))
        #expect(ear.counters.frames.total == spotter.frames && ear.counters.inferences.total == spotter.windows)
        #expect(ear.counters.processingMeanSeconds > 0 && ear.counters.gaps == 0)
        guard case .samples(let kept) = ear.history.piece(from: 1000, count: 50) else {
            Issue.record("nothing is kept")
            return
        }
        #expect(kept == sound[1000..<1050].map { Int16(clamping: Int(($0 * 32768).rounded())) })
    }

    @Test func `the level is that of about the last second`() {
        let ear = Ear(Spotter(model, policy: DecisionPolicy(model.description)))
        for amplitude in [0.01, 0.5] as [Float] {
            _ = hear(noise(samples: 8 * 16_000, amplitude: amplitude), by: ear)
            // The mean square of what is spread evenly from -a to a is a² / 3.
            let expected = 10 * log10(Double(amplitude * amplitude) / 3)
            #expect(abs(ear.counters.levelDBFS - expected) < 0.7, "\(ear.counters.levelDBFS) of \(expected)")
        }
    }

    @Test func `the peak is that of the last second, and what is cut off is counted`() {
        let ear = Ear(Spotter(model, policy: DecisionPolicy(model.description)))
        let fits = tone(hertz: 500, samples: 16_000, amplitude: 0.9)
        let loud = tone(hertz: 500, samples: 8_000, amplitude: 2).map { min(max($0, -1), 1) }
        _ = hear(fits, by: ear)
        #expect(abs(ear.counters.peakDBFS - 20 * log10(0.9)) < 0.1 && ear.counters.clippedSamples == 0)
        _ = hear(loud, by: ear)
        let cut = loud.count { abs($0) == 1 }
        // The edges of a plateau lie between full scale and what counts as such.
        #expect(ear.counters.peakDBFS == 0 && (cut...cut + loud.count / 50).contains(Int(ear.counters.clippedSamples)))
        let soFar = ear.counters.clippedSamples
        _ = hear(tone(hertz: 500, samples: 32_000, amplitude: 0.1), by: ear)
        #expect(abs(ear.counters.peakDBFS + 20) < 0.1 && ear.counters.clippedSamples == soFar)
    }

    @Test func `a gap is counted, and keeps its place among the samples`() {
        let ear = Ear(Spotter(model, policy: DecisionPolicy(model.description)))
        let sound = beeps(hertz: [440])
        let first = hear(sound, by: ear)
        ear.skip(lostSamples: 5000)
        ear.skip(lostSamples: 3000, isLate: true)
        let second = hear(sound, by: ear)
        #expect(first.count == 1 && second.count == 1)
        #expect(second[0].decisionSample == first[0].decisionSample + UInt64(sound.count) + 8000)
        #expect(ear.counters.gaps == 2 && ear.counters.lostSamples == 8000)
        #expect(ear.counters.lateGaps == 1 && ear.counters.lateSamples == 3000)
    }

    @Test func `digital silence is told from a quiet room, and what was usual of another source says nothing`() {
        let ear = Ear(Spotter(model, policy: DecisionPolicy(model.description)))
        _ = hear(noise(samples: 16_000, amplitude: 0.0001), by: ear)
        #expect(ear.counters.constantSeconds == 0)
        _ = hear([Float](repeating: 0, count: 16_000), by: ear)
        _ = hear(noise(samples: 16_000), by: ear)
        #expect(ear.counters.isSilenceUsual)
        ear.changeSource()
        _ = hear([Float](repeating: 0, count: 32_000), by: ear)
        #expect(!ear.counters.isSilenceUsual && ear.counters.constantSeconds > 1.9)
        #expect(ear.counters.levelDBFS < -20)
    }
}
