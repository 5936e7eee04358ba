import Audio
import Models
import Spotting
import Time

/// How well single clips are answered: clean, and with noise.
public struct ClipEvaluation: Sendable {
    /// Answers at one signal-to-noise ratio.
    public struct Condition: Sendable {
        /// Root mean square of the whole clip over that of the noise, in dB; nil for the clip as it is.
        public let signalToNoiseDB: Double?
        public fileprivate(set) var confusion: ConfusionMatrix
        public fileprivate(set) var reliability = Reliability()

        fileprivate mutating func add(_ answer: Answer, spoken: String, expected: String) {
            confusion.add(spoken: spoken, answered: answer.label)
            reliability.add(confidence: Double(answer.confidence), isCorrect: answer.label == expected)
        }
    }

    /// The clips as they are, silence included.
    public private(set) var clean: Condition
    /// Where ratios were asked for: the clips alone, as they are, then with noise, in the order that was asked for.
    public private(set) var comparison: [Condition]
    /// Clips that could not be used, in the order of the corpus.
    public private(set) var failures: [AudioError] = []

    fileprivate struct Answer: Sendable {
        let label: String
        let confidence: Float
    }

    private struct Example: Sendable {
        let name: String
        let label: String
        let samples: Samples

        enum Samples: Sendable {
            case file(String)
            case given([Float])
        }
    }

    /// So many clips share one classifier.
    private static let batch = 32

    /// - Parameters:
    ///   - silence: recordings of noise; where there are some, seconds of them and digital silence are examples of
    ///     `_silence_`.
    ///   - progress: gets how much is done, 0 to 1.
    public init(
        of clips: [Corpus.Clip], silence: [[Float]], signalToNoiseDBs: [Double], noise: NoiseSource, model: Model,
        progress: (Double) -> Void
    ) async {
        let labels = model.description.words
        clean = Condition(signalToNoiseDB: nil, confusion: ConfusionMatrix(labels: labels))
        let ratios = signalToNoiseDBs.isEmpty ? [] : [nil] + signalToNoiseDBs.map(Optional.some)
        comparison = ratios.map { Condition(signalToNoiseDB: $0, confusion: ConfusionMatrix(labels: labels)) }
        let examples =
            clips.map { Example(name: $0.name, label: $0.label, samples: .file($0.path)) }
            + Self.silentSeconds(of: silence).map {
                Example(name: "", label: ModelDescription.silenceLabel, samples: .given($0))
            }
        let batches = stride(from: 0, to: examples.count, by: Self.batch).map {
            Array(examples[$0..<min($0 + Self.batch, examples.count)])
        }
        var results = [[Result<[Answer], AudioError>]](repeating: [], count: batches.count)
        await concurrently(batches) { batch in
            let classifier = ClipClassifier(model)
            return batch.map { Self.answer($0, classifier, signalToNoiseDBs, noise) }
        } gather: { index, part, done in
            results[index] = part
            progress(Double(done) / Double(batches.count))
        }
        for (example, result) in zip(examples, results.joined()) { add(example, result, labels: labels) }
    }

    private static func answer(
        _ example: Example, _ classifier: ClipClassifier, _ signalToNoiseDBs: [Double], _ noise: NoiseSource
    ) -> Result<[Answer], AudioError> {
        func classify(_ samples: [Float]) -> Answer {
            let result = classifier.classify(samples)
            return Answer(label: result.label, confidence: result.confidence)
        }
        switch example.samples {
        case .given(let samples): return .success([classify(samples)])
        case .file(let path):
            return Result { () throws(AudioError) in
                let samples = try readClip(path)
                // The same noise for every ratio, so that only the ratio differs.
                var generator = SplitMix64(name: example.name)
                let cut = signalToNoiseDBs.isEmpty ? [] : noise.cut(samples: samples.count, using: &generator)
                return [classify(samples)]
                    + signalToNoiseDBs.map { classify(samples.mixed(with: cut, signalToNoiseDB: $0)) }
            }
        }
    }

    private mutating func add(_ example: Example, _ result: Result<[Answer], AudioError>, labels: [String]) {
        switch result {
        case .failure(let error): failures.append(error)
        case .success(let answers):
            let expected = labels.contains(example.label) ? example.label : ModelDescription.unknownLabel
            clean.add(answers[0], spoken: example.label, expected: expected)
            // Silence is not mixed with noise, and would not be silence any more.
            guard case .file = example.samples else { return }
            for index in comparison.indices {
                comparison[index].add(answers[index], spoken: example.label, expected: expected)
            }
        }
    }

    /// Every second of the recordings, or 200 of them evenly chosen, and 20 seconds of digital silence.
    static func silentSeconds(of recordings: [[Float]]) -> [[Float]] {
        guard !recordings.isEmpty else { return [] }
        let seconds = recordings.flatMap { recording in
            let second = SampleRate.perSecond
            return stride(from: 0, through: recording.count - second, by: second).map { recording[$0..<$0 + second] }
        }
        let count = min(seconds.count, 200)
        return (0..<count).map { Array(seconds[$0 * seconds.count / count]) }
            + Array(repeating: [Float](repeating: 0, count: SampleRate.perSecond), count: 20)
    }
}
