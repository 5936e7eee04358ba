import Audio
import Testing
import TestSupport

struct ResamplerTests {
    static let rates = [(8000, 16000), (44100, 16000), (48000, 16000), (192_000, 16000), (16000, 48000), (1000, 16000)]

    @Test(arguments: rates)
    func `a stream gives the same samples however it is cut`(from inputRate: Int, to outputRate: Int) {
        let input = noise(samples: 20000)
        let whole = resample(input, with: Resampler(from: inputRate, to: outputRate), cut: input.count)
        #expect(abs(whole.count - 20000 * outputRate / inputRate) <= 1)
        for cut in [1, 160, 480, 1023] {
            let pieces = resample(input, with: Resampler(from: inputRate, to: outputRate), cut: cut)
            #expect(largestDifference(pieces, whole) < 1e-6, "cut into \(cut)")
        }
    }

    @Test
    func `what the lower rate cannot hold is taken away`() {
        let resampler = Resampler(from: 48000, to: 16000)
        let output = resample(tone(hertz: 9000, samples: 48000, rate: 48000), with: resampler, cut: 480)
        #expect(output[1000..<15000].allSatisfy { abs($0) < 1e-3 })
    }

    @Test
    func `after a reset the stream begins anew`() {
        let resampler = Resampler(from: 48000, to: 16000)
        let first = resample(noise(samples: 5000), with: resampler, cut: 480)
        resampler.reset()
        #expect(resample(noise(samples: 5000), with: resampler, cut: 480) == first)
        // Without the end of the first stream.
        resampler.reset()
        feed(noise(samples: 5000, seed: 2), to: resampler) { _ in }
        resampler.reset()
        #expect(resample(noise(samples: 5000), with: resampler, cut: 480) == first)
    }

    private func resample(_ input: [Float], with resampler: Resampler, cut: Int) -> [Float] {
        var all: [Float] = []
        for piece in input.chunks(of: cut) { feed(piece, to: resampler) { all += $0 } }
        var output = [Float](repeating: 0, count: resampler.capacity(for: cut))
        while true {
            let count = output.withUnsafeMutableBufferPointer { resampler.finish(into: $0) }
            guard count > 0 else { return all }
            all += output[..<count]
        }
    }

    private func feed(_ piece: [Float], to resampler: Resampler, _ body: (ArraySlice<Float>) -> Void) {
        var output = [Float](repeating: 0, count: resampler.capacity(for: piece.count))
        let count = piece.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { resampler.process(input, into: $0) }
        }
        body(output[..<count])
    }
}
