import Foundation
import Inference
import Models
import Spotting
import TestSupport
import Testing

/// Words that are taught to the two real networks of beeps: 1000 Hz, which they do not know.
struct OwnWordSpottingTests {
    private static let pitches: [Double] = [1000, 440, 1600, 1000, 440]
    private static let sound = beeps(hertz: pitches + pitches) + [Float](repeating: 0, count: 32_000)
    private static func lesson(_ pitch: Double) -> Lesson {
        let utterances = (pitches + pitches).enumerated().filter { $0.element == pitch }.map { number, _ in
            8000 + number * 24000..<8000 + number * 24000 + 4200
        }
        return Lesson(sound, utterances: utterances)
    }

    private func withModel(_ body: (Model) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(ofTwoNetworksIn: folder)
            try copy.makeTeachable()
            try body(try Model(path: copy.path))
        }
    }

    private func heard(_ model: Model, _ change: (inout DecisionPolicy) -> Void = { _ in }) -> [Detection] {
        var policy = DecisionPolicy(model.description)
        change(&policy)
        let spotter = Spotter(model, policy: policy)
        spotter.reportsAsides = true
        var detections: [Detection] = []
        Self.sound.withUnsafeBufferPointer { spotter.process($0) { detections.append($0) } }
        spotter.finish { detections.append($0) }
        return detections
    }

    private func events(_ detections: [Detection], _ model: Model) -> [String] {
        detections.filter { $0.outcome == .keyword }.map { model.description.labels[Int($0.word)] }
    }

    private static let spoken = ["mid", "low", "high", "mid", "low"]

    @Test(arguments: [false, true]) func `a word that was taught is heard beside those of the model`(second: Bool)
        throws
    {
        try withModel { model in
            let word = try Self.lesson(1000).taught("mid", to: model, asksSecond: second)
            try word.check(fits: model.description)
            let taught = model.teaching([word])
            #expect(taught.description.labels.last == "mid" && taught.description.keywords == ["low", "high", "mid"])
            #expect(taught.description.wakeWords == ["low", "high", "mid"])
            let detections = heard(taught)
            #expect(events(detections, taught) == Self.spoken + Self.spoken)
            for one in detections where one.word == 4 && one.outcome == .keyword {
                #expect((one.looks != nil) == second && one.score >= 0 && one.score < 50)
            }
            // The model's own words are heard as without it.
            func others(_ detections: [Detection]) -> [Detection] {
                detections.filter { $0.word < 4 && $0.outcome == .keyword }.map {
                    var one = $0
                    one.processingSeconds = 0
                    return one
                }
            }
            #expect(others(detections) == others(heard(model)))
        }
    }

    @Test func `one that is not enabled hides nothing, and is told aside`() throws {
        try withModel { model in
            var mid = try Self.lesson(1000).taught("mid", to: model)
            mid.isEnabled = false
            let taught = model.teaching([mid])
            let detections = heard(taught)
            #expect(events(detections, taught) == ["low", "high", "low", "low", "high", "low"])
            #expect(detections.contains { $0.word == 4 && $0.outcome == .disabled })
            // Nor does a word of the model that nobody listens for hide one that was taught.
            let low = model.teaching([try Self.lesson(440).taught("deep", to: model)])
            let both = events(heard(low) { $0.words[0].enabled = false }, low)
            #expect(both == ["deep", "high", "deep", "deep", "high", "deep"])
        }
    }

    @Test func `a word may wait for one that was taught, and the other way round`() throws {
        try withModel { model in
            let after = model.teaching([try Self.lesson(1000).taught("mid", to: model, after: ["HIGH"])])
            // It first comes before any.
            #expect(events(heard(after), after) == Array((Self.spoken + Self.spoken).dropFirst()))
            let before = model.teaching([try Self.lesson(1000).taught("mid", to: model)])
            let waiting = heard(before) {
                $0.words[0].after = [4]
                $0.words[0].afterSamples = 32000
            }
            #expect(events(waiting, before) == Self.spoken + Self.spoken)
            let far = heard(before) {
                $0.words[1].after = [4]
                $0.words[1].afterSamples = 32000
            }
            #expect(events(far, before) == ["mid", "low", "mid", "low", "mid", "low", "mid", "low"])
            #expect(far.contains { $0.word == 1 && $0.outcome == .notAfter })
        }
    }

    @Test func `the embedding is the projection of the states, of length 1`() throws {
        try withModel { model in
            let network = model.network
            let file = try Safetensors(
                bytes: [UInt8](Data(contentsOf: URL(filePath: model.path + "/model.safetensors"))))
            let projection = try file.tensor("own_words.projection").values
            for path in ComputePath.available {
                let embedding = try #require(WordEmbedding(network, path: path))
                let inputs = projection.count / embedding.size
                let states = noise(samples: inputs, amplitude: 1, seed: 3)
                let vector = states.withUnsafeBufferPointer { Array(embedding.embed($0)) }
                let plain = projection.chunks(of: inputs).map {
                    zip($0, states).reduce(0.0) { $0 + Double($1.0 * $1.1) }
                }
                let length = plain.reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(largestDifference(vector, plain.map { Float($0 / length) }) < 1e-5)
                let pair: [(weights: [Float], bias: Float)] = [(vector, 0), (vector.map { -$0 }, 2)]
                let heads = try #require(WordHeads(pair, on: network, path: path))
                let scores = states.withUnsafeBufferPointer { Array(heads.score($0)) }
                #expect(largestDifference(scores, [1, 1]) < 1e-5)
            }
        }
    }
}
