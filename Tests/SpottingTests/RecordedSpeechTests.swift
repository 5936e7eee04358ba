import Audio
import Evaluation
import Foundation
import Models
import Spotting
import TestSupport
import Testing

/// On real recordings, where this machine has them.
@Suite(.enabled(if: Fixture.recordings != nil, "there are no recordings beside this checkout"))
struct RecordedSpeechTests {
    let recordings: URL
    let model: Model

    init() throws {
        recordings = try #require(Fixture.recordings)
        model = try Model(path: Fixture.modelPath)
    }

    @Test func `a minute of words in noise shows each word once`() throws {
        let noise = try samples(recordings.appending(path: "noise/background/running_tap.flac"))
        var sound = [Float](repeating: 0, count: 16000)
        var spoken: [(word: String, start: Int, end: Int)] = []
        // By the words' order, so that no word follows itself; clips that the model does not know alone say nothing
        // about the stream.
        for index in 0..<2 {
            for word in model.description.keywords.prefix(20) {
                let clip = try #require(try clips(of: word).filter { try isKnown($0, word) }.dropFirst(index).first)
                spoken.append((word, sound.count, sound.count + clip.count))
                sound += clip + [Float](repeating: 0, count: 8000)
            }
        }
        sound += [Float](repeating: 0, count: 16000)
        let energy = sound.reduce(0) { $0 + $1 * $1 } / Float(sound.count)
        let noiseEnergy = noise.reduce(0) { $0 + $1 * $1 } / Float(noise.count)
        // 20 dB under the words.
        let gain = (energy / noiseEnergy).squareRoot() * 0.1
        for index in sound.indices { sound[index] += gain * noise[index % noise.count] }

        let spotter = Spotter(model, policy: DecisionPolicy(model.description))
        var detections: [Detection] = []
        sound.withUnsafeBufferPointer { buffer in spotter.process(buffer) { detections.append($0) } }
        var missed: [String] = []
        for (word, start, end) in spoken {
            let hits = detections.filter { detection in
                let middle = Int(detection.startSample + detection.endSample) / 2
                return model.description.words[Int(detection.word)] == word && (start...end).contains(middle)
            }
            #expect(hits.count <= 1, "\(word) twice")
            if hits.isEmpty { missed.append(word) }
        }
        // One in ten may drown; the accuracy itself is measured over all recordings by `attune evaluate`.
        #expect(missed.count <= spoken.count / 10, "\(missed)")
        #expect(detections.count <= spoken.count + spoken.count / 10)
    }

    @Test func `nine in ten recordings of other speakers are answered rightly`() throws {
        let classifier = ClipClassifier(model)
        var confusion = ConfusionMatrix(labels: model.description.words)
        for word in model.description.keywords {
            for clip in try clips(of: word).prefix(20) {
                confusion.add(spoken: word, answered: classifier.classify(clip).label)
            }
        }
        #expect(confusion.accuracy > 0.9)
    }

    private func isKnown(_ clip: [Float], _ word: String) throws -> Bool {
        let result = ClipClassifier(model).classify(clip)
        return result.label == word && result.confidence > 0.95
    }

    private func clips(of word: String) throws -> [[Float]] {
        try Fixture.validationRecordings(of: word).prefix(30).map(samples)
    }

    private func samples(_ file: URL) throws -> [Float] {
        try #require(try MonoReader(path: file.path).readAll(limitSamples: 16000 * 120))
    }
}
