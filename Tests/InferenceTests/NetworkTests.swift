import Foundation
import Inference
import Models
import Spotting
import TestSupport
import Testing

/// The reference values come from PyTorch: `Tests/Fixtures/make_network.py`. Within 0.01, as matrices of 16-bit numbers come; a
/// word's score has to be 0.7 higher to be heard half as often.
struct NetworkTests {
    let network: Network
    let weights: String
    let golden: Safetensors

    init() throws {
        let model = try Model(path: Fixture.modelPath)
        network = model.network
        weights = model.path + "/model.safetensors"
        golden = try Safetensors(bytes: Fixture.bytes("network.safetensors"))
    }

    @Test(arguments: ComputePath.available)
    func `logits of windows are PyTorch's within 0.01`(path: ComputePath) throws {
        let shape = try golden.tensor("windows").shape
        let windows = try frames("windows")
        let expected = try golden.tensor("windows.logits").values
        var actual: [Float] = []
        for window in windows.chunks(of: shape[1] * shape[2]) {
            actual += logits(of: window, cut: shape[1], path: path)
        }
        #expect(actual.count == expected.count)
        #expect(largestDifference(actual, expected) < 0.01)
    }

    @Test(arguments: ComputePath.available)
    func `logits along a stream are PyTorch's within 0.01`(path: ComputePath) throws {
        let stream = try frames("sequence")
        let expected = try golden.tensor("sequence.logits").values
        let actual = logits(of: stream, cut: 8, path: path)
        #expect(actual.count == expected.count)
        #expect(largestDifference(actual, expected) < 0.01)
    }

    @Test(arguments: ComputePath.available)
    func `a stream gives the same bits however it is cut`(path: ComputePath) throws {
        let stream = try frames("sequence")
        let whole = logits(of: stream, cut: stream.count, path: path)
        #expect(!whole.isEmpty)
        for cut in [1, 2, 3, 7, 8, 13, 145] {
            #expect(logits(of: stream, cut: cut, path: path) == whole, "cut into \(cut) frames")
        }
    }

    @Test
    func `a window within a stream gives the same bits as alone`() throws {
        let stream = try frames("sequence")
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
        let stream = try frames("sequence")
        let run = NetworkStream(network)
        let coefficients = network.description.frontEnd.coefficients
        run.process(Array(stream[..<(200 * coefficients)]), count: 200) { _ in }
        run.reset()
        var actual: [Float] = []
        run.process(stream, count: stream.count / coefficients) { actual += $0 }
        #expect(actual == logits(of: stream, cut: 8))
    }

    @Test
    func `a stream goes on from the snapshot of another to the last bit`() throws {
        let stream = try frames("sequence")
        let coefficients = network.description.frontEnd.coefficients
        // In the middle of a hop, and of a window.
        for cut in [3, 150, 203] {
            let (one, other) = (NetworkStream(network), NetworkStream(network))
            one.process(stream, count: cut) { _ in }
            // What it heard before does not count.
            other.process(stream, count: 77) { _ in }
            other.restore(one.snapshot())
            var (expected, actual): ([Float], [Float]) = ([], [])
            let rest = Array(stream[(cut * coefficients)...])
            one.process(rest, count: rest.count / coefficients) { expected += $0 }
            other.process(rest, count: rest.count / coefficients) { actual += $0 }
            #expect(!expected.isEmpty && actual == expected, "cut at \(cut)")
        }
    }

    @Test(arguments: ComputePath.available)
    func `streams that are computed together give the bits that each gives alone`(path: ComputePath) throws {
        let frames = try frames("sequence")
        let coefficients = network.description.frontEnd.coefficients
        let batch = NetworkBatch(network, streams: 3, path: path)
        let streams = (0..<3).map { _ in NetworkStream(on: batch) }
        var actual: [[Float]] = [[], [], []]
        // Each at another place of its window and hop.
        for (place, stream) in streams.enumerated() {
            stream.process(frames, count: 3 * place) { actual[place] += $0 }
        }
        let rounds = frames.count / coefficients / 8 - 1
        for round in 0..<rounds {
            frames.withUnsafeBufferPointer { frames in
                for (place, stream) in streams.enumerated() {
                    batch.add(stream, frames.baseAddress! + (3 * place + 8 * round) * coefficients)
                }
                batch.run(count: 8) { place, logits in
                    actual[place] += logits
                    #expect(abs(streams[place].attention.reduce(0, +) - 1) < 1e-5)
                }
            }
        }
        let whole = logits(of: frames, cut: 8, path: path)
        for logits in actual { #expect(!logits.isEmpty && logits == Array(whole.prefix(logits.count))) }
    }

    @Test(.enabled(if: ComputePath.available.contains(.x86V4)))
    func `AVX-512 gives the bits of AVX2`() throws {
        let frames = try frames("sequence")
        #expect(logits(of: frames, cut: 8, path: .x86V4) == logits(of: frames, cut: 8, path: .x86V3))
    }

    @Test
    func `the attention of a window sums to one`() throws {
        let stream = try frames("sequence")
        let run = NetworkStream(network)
        run.process(stream, count: stream.count / network.description.frontEnd.coefficients) { _ in
            #expect(abs(run.attention.reduce(0, +) - 1) < 1e-5)
        }
    }

    /// The frames of a name, as the front end gives them.
    private func frames(_ name: String) throws -> [Float] {
        try coefficients(ofNormalised: golden.tensor(name).values, weights: weights)
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
