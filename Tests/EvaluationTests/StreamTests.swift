import Audio
import Evaluation
import Foundation
import Inference
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
        var expected: [HeardWord] = []
        for part in [sound, [Float](repeating: 0, count: 16000)] {
            part.withUnsafeBufferPointer { buffer in
                spotter.process(buffer) { detection in
                    expected.append(
                        HeardWord(
                            word: Int(detection.word), sample: Int(detection.decisionSample),
                            latencyMilliseconds: detection.latencyMilliseconds))
                }
            }
        }
        #expect(WindowRecording(of: sound, model: model).events(policy) == expected)
    }

    @Test
    func `streams in odd pieces and clips agree to the last bit`() {
        #expect(StreamAgreement.holds(for: [Array(sound[..<20000]), noise(samples: 16000)], model: model))
    }
}
