import Features
import Inference
import Models
import Spotting

/// A recording in which somebody says a word, for tests to teach it to a model. Nothing that a person would be satisfied with:
/// the head knows this recording and no other.
public struct Lesson {
    let samples: [Float]
    let utterances: [Range<Int>]

    /// - Parameters:
    ///   - samples: mono, 16,000 a second.
    ///   - utterances: where in it the word is said; the rest is everything else.
    public init(_ samples: [Float], utterances: [Range<Int>]) {
        (self.samples, self.utterances) = (samples, utterances)
    }

    /// The word, as a model with an embedding learns it. Its threshold is 0, the middle between word and everything else.
    public func taught(
        _ name: String, to model: Model, isWakeWord: Bool = true, after: [String] = [], asksSecond: Bool = true
    ) throws -> OwnWord {
        let description = model.description
        let second =
            try asksSecond
            ? model.second.map { network in
                OwnWord.Second(
                    head: try head(on: network, trunk: description.secondLook?.sha256 ?? ""), candidateScore: -1,
                    weight: 0.5)
            } : nil
        return try OwnWord(
            name: name, model: description.name, modelVersion: description.version,
            first: try head(on: model.network, trunk: description.sha256), second: second, thresholdScore: 0,
            isWakeWord: isWakeWord, after: after)
    }

    /// Logistic regression on the embeddings of all windows of the recording, from silence on and at several places of them.
    private func head(on network: Network, trunk: String) throws -> OwnWord.Head {
        var examples: [(vector: [Float], isWord: Bool)] = []
        for shift in stride(from: 0, to: 1280, by: 160) { examples += windows(of: network, shift: shift) }
        let size = examples[0].vector.count
        let count = Float(examples.count)
        let mean = (0..<size).map { index in examples.reduce(0) { $0 + $1.vector[index] } / count }
        let deviation = (0..<size).map { index in
            (examples.reduce(0) { $0 + ($1.vector[index] - mean[index]) * ($1.vector[index] - mean[index]) } / count)
                .squareRoot() + 1e-6
        }
        let scaled = examples.map { example in
            (0..<size).map { (example.vector[$0] - mean[$0]) / deviation[$0] }
        }
        let words = Float(examples.count(where: \.isWord))
        var (weights, bias) = ([Float](repeating: 0, count: size), Float(0))
        for _ in 0..<150 {
            var (slope, biasSlope) = ([Float](repeating: 0, count: size), Float(0))
            for (vector, example) in zip(scaled, examples) {
                let score = zip(weights, vector).reduce(bias) { $0 + $1.0 * $1.1 }
                let share = example.isWord ? 0.5 / words : 0.5 / (count - words)
                let error = ((example.isWord ? 1 : 0) - LogOdds.probability(score)) * share
                for index in 0..<size { slope[index] += error * vector[index] }
                biasSlope += error
            }
            for index in 0..<size { weights[index] += 3 * slope[index] }
            bias += 3 * biasSlope
        }
        let own = (0..<size).map { weights[$0] / deviation[$0] }
        return OwnWord.Head(trunk: trunk, weights: own, bias: bias - zip(own, mean).reduce(0) { $0 + $1.0 * $1.1 })
    }

    /// Those that hold all of the word at their end, and those that hold nothing of it; what lies between is nothing to learn
    /// from.
    private func windows(of network: Network, shift: Int) -> [(vector: [Float], isWord: Bool)] {
        let description = network.description
        let before = description.windowSamples + shift
        let features = MFCC(description.frontEnd)
        let stream = NetworkStream(network)
        guard let embedding = WordEmbedding(network) else { return [] }
        var examples: [(vector: [Float], isWord: Bool)] = []
        var frames = 0
        ([Float](repeating: 0, count: before) + samples).withUnsafeBufferPointer { samples in
            features.process(samples) { coefficients, _ in
                frames += 1
                let end = (frames - 1) * description.frontEnd.shiftSamples + description.frontEnd.frameSamples - before
                stream.process(coefficients, count: 1) { _ in
                    let isWord = utterances.contains { (-800...4000).contains(end - $0.upperBound) }
                    let isElse = utterances.allSatisfy { !(($0.lowerBound)...($0.upperBound + 9000)).contains(end) }
                    guard isWord || isElse else { return }
                    examples.append((Array(embedding.embed(stream.embedding)), isWord))
                }
            }
        }
        return examples
    }
}
