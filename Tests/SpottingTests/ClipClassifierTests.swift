import Models
import Spotting
import TestSupport
import Testing

/// None of this depends on what the model has learned.
struct ClipClassifierTests {
    let model: Model
    let classifier: ClipClassifier

    init() throws {
        model = try Model(path: Fixture.modelPath)
        classifier = ClipClassifier(model)
    }

    @Test(arguments: [1, 2, 479, 1280, 16000, 23519, 23520, 23521, 23600, 24800, 100_000, 960_000])
    func `a clip of any length gets every label once, with probabilities that sum to one, the likeliest first`(
        samples: Int
    ) {
        let result = classifier.classify(noise(samples: samples))
        #expect(Set(result.ranking.map(\.label)) == Set(model.description.words))
        #expect(result.ranking.count == model.description.words.count)
        #expect(abs(result.ranking.reduce(0) { $0 + $1.confidence } - 1) < 1e-3)
        #expect(result.ranking.allSatisfy { (0...1).contains($0.confidence) })
        #expect(zip(result.ranking, result.ranking.dropFirst()).allSatisfy { $0.confidence >= $1.confidence })
        #expect(result.label == result.ranking[0].label && result.confidence == result.ranking[0].confidence)
    }

    @Test
    func `a clip gets the same answer to the last bit whatever was asked before`() {
        let clip = noise(samples: 16000)
        let first = classifier.classify(clip)
        _ = classifier.classify(tone(hertz: 440, samples: 50000))
        #expect(same(classifier.classify(clip), first))
        #expect(same(ClipClassifier(model).classify(clip), first))
    }

    @Test
    func `silence gets one answer whatever its length`() {
        let expected = classifier.classify([0]).ranking
        for samples in [160, 16000, 23520] {
            let ranking = classifier.classify([Float](repeating: 0, count: samples)).ranking
            let difference = expected.map { label, confidence in
                abs(confidence - ranking.first { $0.label == label }!.confidence)
            }.max()!
            #expect(difference < 1e-5)
        }
    }

    @Test(arguments: [100, 16000, 23520, 23521, 23620, 24799, 24801, 50000])
    func `neither the beginning nor the end of a clip is left out`(samples: Int) throws {
        // No window of this model is surest of a word, so that all of them count.
        let model = try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            try copy.answerAlways(ModelDescription.unknownLabel, logit: 50)
            return try Model(path: copy.path)
        }
        let clip = noise(samples: samples)
        let whole = ClipClassifier(model).classify(clip)
        #expect(whole.label == ModelDescription.unknownLabel)
        for part in [0..<100, samples - 100..<samples] {
            var altered = clip
            for place in part { altered[place] = -altered[place] * 3 }
            #expect(!same(ClipClassifier(model).classify(altered), whole), "samples \(part)")
        }
    }

    @Test
    func `a long clip is answered by the window that is surest of a word`() throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            try copy.answerAlways("right")
            let result = ClipClassifier(try Model(path: copy.path)).classify(noise(samples: 60000))
            #expect(result.label == "right" && result.confidence == 1)
        }
    }

    private func same(_ first: ClipClassifier.Result, _ second: ClipClassifier.Result) -> Bool {
        first.ranking.elementsEqual(second.ranking) { $0 == $1 }
    }
}
