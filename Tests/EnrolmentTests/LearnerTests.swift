import Audio
import Enrolment
import Foundation
import Models
import Spotting
import TestSupport
import Testing

/// Learning from what was said and missed; what was wrong is learned in `LearningTests`, end to end.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/espeak-ng")))
struct LearnerTests {
    private let model: Model

    init() throws { model = try Model.load(path: nil) }

    /// What a synthetic voice says, so many words a minute.
    private func said(_ text: String, voice: String = "en-us", speed: Int) throws -> [Float] {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "said.wav").path
            let run = try run("/usr/bin/espeak-ng", ["-v", voice, "-s", String(speed), "-w", file, text])
            try #require(run.status == 0)
            let silence = [Float](repeating: 0, count: 16_000)
            return silence + (try MonoReader(path: file).readAll(longestSeconds: 10)) + silence.prefix(6_000)
        }
    }

    private func marked(_ word: String, _ samples: [[Float]]) -> [MarkedSound] {
        samples.enumerated().map { MarkedSound(.said, word: word, mark: "mark \($0.offset)", samples: $0.element) }
    }

    private func heard(_ samples: [Float], by model: Model) -> [String] {
        var policy = DecisionPolicy(model.description)
        for word in policy.words.indices { policy.words[word].after = [] }
        let spotter = Spotter(model, policy: policy)
        var words: [String] = []
        func note(_ detection: Detection) { words.append(model.description.labels[Int(detection.word)]) }
        samples.withUnsafeBufferPointer { spotter.process($0, note) }
        spotter.finish(note)
        return words
    }

    @Test
    func `a word of the model is taken further by the voice that it missed`() throws {
        let speeds = [130, 150, 170]
        let missed = try speeds.map { try said("computer", voice: "de", speed: $0) }
        let another = try said("computer", voice: "de", speed: 160)
        #expect(missed.allSatisfy { heard($0, by: model).isEmpty } && heard(another, by: model).isEmpty)
        let result = try Learner(model, policy: DecisionPolicy(model.description))
            .learn(from: marked("computer", missed))
        let outcome = try #require(result.outcomes.first)
        #expect(outcome.isTaughtAgain && outcome.refusal == nil, "\(outcome)")
        let counts = outcome.said
        #expect(counts.sounds == 3 && counts.heardBefore == 0 && counts.heardAfter == 3, "\(outcome)")
        let word = try #require(result.words.first)
        #expect(word.word.name == "computer" && word.word.isWakeWord && word.added.count == 3)
        try word.word.check(fits: model.description)
        let further = model.teaching([word.word])
        #expect(further.description.keywords == model.description.keywords)
        #expect(further.description.wakeWords == model.description.wakeWords)
        // One spoken word is one event, by whichever voice.
        #expect(heard(another, by: further) == ["computer"])
        let demo = try MonoReader(path: "Config/demo/demo.wav").readAll(longestSeconds: 60)
        #expect(heard(demo, by: further) == heard(demo, by: model))
    }

    @Test
    func `takes of another word take none further`() throws {
        let takes = try [130, 145, 160].map { try Take(name: "\($0)", samples: said("hello pantry", speed: $0)) }
        #expect(throws: EnrolmentError.unlikeKnownWord("left")) {
            try Enrolment(model).teach("Left", takes: takes)
        }
    }

    @Test
    func `two sounds are too few to take a word further, and that is said`() throws {
        let missed = try [130, 150].map { try said("computer", voice: "de", speed: $0) }
        let result = try Learner(model, policy: DecisionPolicy(model.description))
            .learn(from: marked("computer", missed))
        #expect(result.words.isEmpty && result.corrections.isEmpty)
        #expect(
            result.outcomes.first?.refusal?.contains("2 takes serve, at least 3 are needed") == true,
            "\(result.outcomes)")
    }

    @Test
    func `a word whose takes were not kept is left as it is`() throws {
        let takes = try [130, 145, 160].map { try Take(name: "\($0)", samples: said("hello pantry", speed: $0)) }
        let pantry = try Enrolment(model).teach("hello pantry", takes: takes).word
        let missed = try said("hello pantry", voice: "de", speed: 150)
        let result = try Learner(model.teaching([pantry]), policy: DecisionPolicy(model.teaching([pantry]).description))
            .learn(from: marked("hello pantry", [missed]))
        #expect(result.words.isEmpty)
        #expect(result.outcomes.first?.refusal?.contains("not kept; teach it again") == true)
    }
}
