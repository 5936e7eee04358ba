import Audio
import Foundation
import Models
import Spotting
import TestSupport
import Testing

/// Words of the demo's recording, each said eight times.
struct RepeatedWordTests {
    private let model: Model
    private let demo: [Float]

    init() throws {
        model = try Model(path: Fixture.modelPath)
        let path = Fixture.repository.appending(path: "Config/demo/demo.wav").path
        demo = try MonoReader(path: path).readAll(longestSeconds: 60)
    }

    @Test(arguments: ["computer", "left", "stop", "alexa"], [0.9, 1.0, 1.2, 1.6])
    func `a word said eight times is eight events without a refractory time, and never more`(
        word: String, periodSeconds: Double
    ) throws {
        var policy = DecisionPolicy(model.description)
        for index in policy.words.indices { policy.words[index].refractorySamples = 0 }
        #expect(try heard(word, every: periodSeconds, policy) == Array(repeating: .keyword, count: 8))
    }

    @Test(arguments: ["computer", "left", "stop", "alexa"], [0.9, 1.0, 1.2])
    func `what the refractory time holds back is told, utterance by utterance`(
        word: String, periodSeconds: Double
    ) throws {
        let outcomes = try heard(word, every: periodSeconds, DecisionPolicy(model.description))
        #expect(outcomes.count == 8)
        #expect(outcomes.allSatisfy { $0 == .keyword || $0 == .refractory })
        #expect(outcomes.count { $0 == .keyword } >= 4, "every second one is more than a second later")
        if periodSeconds == 0.9 { #expect(outcomes.contains(.refractory)) }
        if periodSeconds > 1.1 { #expect(!outcomes.contains(.refractory)) }
    }

    /// What became of a word of the demo that is said eight times over faint noise.
    private func heard(
        _ word: String, every periodSeconds: Double, _ policy: DecisionPolicy
    ) throws -> [Detection.Outcome] {
        let clip = try clip(word)
        let period = Int(periodSeconds * 16000)
        var sound = noise(samples: 16000 + 8 * period + 24000, amplitude: 0.001)
        for utterance in 0..<8 {
            for (index, sample) in clip.enumerated() { sound[16000 + utterance * period + index] += sample }
        }
        let spotter = Spotter(model, policy: policy)
        spotter.reportsAsides = true
        var outcomes: [Detection.Outcome] = []
        sound.withUnsafeBufferPointer { samples in
            spotter.process(samples) { detection in
                if model.description.words[Int(detection.word)] == word { outcomes.append(detection.outcome) }
            }
        }
        return outcomes
    }

    private func clip(_ word: String) throws -> ArraySlice<Float> {
        let table = try String(contentsOf: Fixture.repository.appending(path: "Config/demo/words.tsv"), encoding: .utf8)
        let rows = table.split(separator: "\n").map { $0.split(separator: "\t") }
        let row = try #require(rows.first { $0.last == word[...] })
        let (start, end) = (try #require(Double(row[0])), try #require(Double(row[1])))
        return demo[Int(start * 16000)..<Int(end * 16000)]
    }
}
