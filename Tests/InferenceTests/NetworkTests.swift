import Foundation
import Inference
import Models
import Spotting
import TestSupport
import Testing

/// The reference values come from PyTorch: `Tests/Fixtures/make_network.py`.
struct NetworkTests {
    let network: Network
    let golden: Safetensors

    init() throws {
        network = try Model(path: Fixture.modelPath).network
        golden = try Safetensors(bytes: Fixture.bytes("network.safetensors"))
    }

    @Test(arguments: ComputePath.available)
    func `logits of windows are PyTorch's within 1e-4`(path: ComputePath) throws {
        let (shape, windows) = try golden.tensor("windows")
        let expected = try golden.tensor("windows.logits").values
        var actual: [Float] = []
        for window in windows.chunks(of: shape[1] * shape[2]) {
            actual += logits(of: window, cut: shape[1], path: path)
        }
        #expect(actual.count == expected.count)
        #expect(largestDifference(actual, expected) < 1e-4)
    }

    @Test(arguments: ComputePath.available)
    func `logits along a stream are PyTorch's within 1e-4`(path: ComputePath) throws {
        let stream = try golden.tensor("sequence").values
        let expected = try golden.tensor("sequence.logits").values
        let actual = logits(of: stream, cut: 8, path: path)
        #expect(actual.count == expected.count)
        #expect(largestDifference(actual, expected) < 1e-4)
    }

    @Test(arguments: ComputePath.available)
    func `a stream gives the same bits however it is cut`(path: ComputePath) throws {
        let stream = try golden.tensor("sequence").values
        let whole = logits(of: stream, cut: stream.count, path: path)
        #expect(!whole.isEmpty)
        for cut in [1, 2, 3, 7, 8, 13, 145] {
            #expect(logits(of: stream, cut: cut, path: path) == whole, "cut into \(cut) frames")
        }
    }

    @Test
    func `a window within a stream gives the same bits as alone`() throws {
        let stream = try golden.tensor("sequence").values
        let description = network.description
        let classes = description.words.count
        let coefficients = description.frontEnd.coefficients
        let whole = logits(of: stream, cut: 8)
        for (index, expected) in whole.chunks(of: classes).enumerated() {
            let start = index * description.window.hopFrames * coefficients
            let window = Array(stream[start..<start + description.window.frames * coefficients])
            #expect(logits(of: window, cut: 145) == expected)
        }
    }

    @Test
    func `a stream that was reset starts anew`() throws {
        let stream = try golden.tensor("sequence").values
        let run = NetworkStream(network)
        let coefficients = network.description.frontEnd.coefficients
        run.process(Array(stream[..<(200 * coefficients)]), count: 200) { _ in }
        run.reset()
        var actual: [Float] = []
        run.process(stream, count: stream.count / coefficients) { actual += $0 }
        #expect(actual == logits(of: stream, cut: 8))
    }

    @Test
    func `the attention of a window sums to one`() throws {
        let stream = try golden.tensor("sequence").values
        let run = NetworkStream(network)
        run.process(stream, count: stream.count / network.description.frontEnd.coefficients) { _ in
            #expect(abs(run.attention.reduce(0, +) - 1) < 1e-5)
        }
    }

    /// All logits along a stream that comes in pieces of `cut` frames.
    private func logits(of frames: [Float], cut: Int, path: ComputePath = .best) -> [Float] {
        let coefficients = network.description.frontEnd.coefficients
        let stream = NetworkStream(network, maximumFrames: max(cut, 1), path: path)
        var logits: [Float] = []
        for piece in frames.chunks(of: cut * coefficients) {
            stream.process(piece, count: piece.count / coefficients) { logits += $0 }
        }
        return logits
    }
}
