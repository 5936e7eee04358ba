import Audio
import Evaluation
import Foundation
import Models
import Spotting
import TestSupport
import Testing

/// Streams by the shipped model, whatever it has learned, over the recording of the demo.
struct StreamTests {
    let model: Model
    let sound: [Float]

    init() throws {
        model = try Model(path: Fixture.modelPath)
        let file = Fixture.repository.appending(path: "Config/demo/demo.wav").path
        sound = try #require(try MonoReader(path: file).readAll(limitSamples: 16000 * 60))
    }

    @Test(arguments: [0.05, 0.3, 0.6, 0.95])
    func `the decision run again hears what the spotter hears`(threshold: Float) {
        var policy = DecisionPolicy(model.description)
        for word in policy.words.indices { policy.words[word].threshold = threshold }
        let spotter = Spotter(model, policy: policy)
        var expected: [CountedWord] = []
        for part in [sound, [Float](repeating: 0, count: 16000)] {
            part.withUnsafeBufferPointer { buffer in
                spotter.process(buffer) { detection in
                    expected.append(
                        CountedWord(
                            word: Int(detection.word), sample: Int(detection.decisionSample),
                            latencyMilliseconds: detection.latencyMilliseconds, score: detection.score,
                            threshold: detection.thresholdScore))
                }
            }
        }
        #expect(WindowRecording(of: sound, model: model, policy: policy).events(policy) == expected)
    }

    @Test(arguments: [-6, -1, 2, 4, 20])
    func `the decision run again asks the second network as the spotter does`(thresholdScore: Float) throws {
        let two = try Model(path: Fixture.twoNetworksPath)
        let sound = beeps(hertz: [440, 700, 1600, 700, 440])
        let recorded = DecisionPolicy(two.description)
        var policy = recorded
        for word in policy.words.indices { policy.words[word].thresholdScore = thresholdScore }
        let spotter = Spotter(two, policy: policy)
        var expected: [Int] = []
        sound.withUnsafeBufferPointer { buffer in spotter.process(buffer) { expected.append(Int($0.decisionSample)) } }
        let events = WindowRecording(of: sound, model: two, policy: recorded).events(policy)
        #expect(events.map(\.sample) == expected)
        #expect(thresholdScore > 10 ? expected.isEmpty : thresholdScore < -5 ? expected.count == 5 : !expected.isEmpty)
    }

    @Test
    func `streams in odd pieces and clips agree to the last bit`() {
        #expect(StreamAgreement.holds(for: [Array(sound[..<20000]), noise(samples: 16000)], model: model))
    }
}
