import Features
import Foundation
import Models
import Spotting
import TestSupport
import Testing

/// The reference values come from librosa: `Tests/Fixtures/make_mfcc.py`.
struct MFCCTests {
    let frontEnd: ModelDescription.FrontEnd
    let golden: Safetensors

    init() throws {
        frontEnd = try Model(path: Fixture.modelPath).description.frontEnd
        golden = try Safetensors(bytes: Fixture.bytes("mfcc.safetensors"))
    }

    @Test
    func `coefficients are librosa's within 1e-3`() throws {
        let cases = golden.names.filter { $0.hasSuffix(".samples") }.map { String($0.dropLast(8)) }
        #expect(cases.count >= 5)
        for name in cases {
            let samples = try golden.tensor("\(name).samples").values
            let expected = try golden.tensor("\(name).mfcc").values
            let actual = coefficients(of: samples, cut: samples.count)
            #expect(largestDifference(actual, expected) < 1e-3, "\(name)")
        }
    }

    @Test
    func `a stream gives the same bits however it is cut`() throws {
        let name = try #require(golden.names.filter { $0.hasSuffix(".samples") }.min())
        let samples = try golden.tensor(name).values
        let whole = coefficients(of: samples, cut: samples.count)
        for cut in [1, 7, 159, 160, 161, 479, 480, 481, 1000] {
            #expect(coefficients(of: samples, cut: cut) == whole, "cut into \(cut) samples")
        }
    }

    @Test
    func `a frame comes with its 480th sample and then every 160`() {
        let features = MFCC(frontEnd)
        var frames = 0
        for count in 1...1000 {
            [0.5].withUnsafeBufferPointer { features.process($0) { _, _ in frames += 1 } }
            #expect(frames == (count < 480 ? 0 : (count - 480) / 160 + 1))
        }
    }

    @Test
    func `a stream that was reset starts anew`() throws {
        let samples = (0..<2000).map { Float($0 % 37) / 37 }
        let features = MFCC(frontEnd)
        samples.withUnsafeBufferPointer { features.process(UnsafeBufferPointer(rebasing: $0[..<777])) { _, _ in } }
        features.reset()
        var actual: [Float] = []
        samples.withUnsafeBufferPointer { buffer in
            features.process(buffer) { frame, _ in actual += UnsafeBufferPointer(start: frame, count: 40) }
        }
        #expect(actual == coefficients(of: samples, cut: samples.count))
    }

    @Test
    func `the mean square of a full-scale square wave is one`() {
        let features = MFCC(frontEnd)
        let samples = (0..<480).map { Float($0 / 20 % 2 * 2 - 1) }
        samples.withUnsafeBufferPointer {
            features.process($0) { _, meanSquare in #expect(abs(meanSquare - 1) < 1e-5) }
        }
    }

    private func coefficients(of samples: [Float], cut: Int) -> [Float] {
        let features = MFCC(frontEnd)
        var frames: [Float] = []
        for piece in samples.chunks(of: cut) {
            piece.withUnsafeBufferPointer { buffer in
                features.process(buffer) { frame, _ in
                    frames += UnsafeBufferPointer(start: frame, count: frontEnd.coefficients)
                }
            }
        }
        return frames
    }
}
