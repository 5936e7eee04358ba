import Inference
import Models
import Spotting
import Time

/// Learns from what was marked: a sound that was taken for a word is not taken for it again. One thread at a time.
public final class Learner {
    /// What would become of a word.
    public struct Outcome: Sendable, Equatable {
        public let word: String
        /// What was marked as wrong, and how much of it is taken for the word.
        public var wrong = Counts()
        /// The same of what was said.
        public var said = Counts()
        /// Why nothing is learned; nil if it is.
        public var refusal: String?
    }

    public struct Counts: Sendable, Equatable {
        public var sounds = 0
        public var heardBefore = 0
        public var heardAfter = 0
    }

    /// What was learned, and what of it.
    public struct Result: Sendable {
        public let corrections: [Correction]
        public let outcomes: [Outcome]
    }

    private let model: Model
    private let policy: DecisionPolicy
    private let embedder: WindowEmbedder
    private let bank: EmbeddingBank
    private let variants = TakeVariants(count: 24)

    /// - Parameters:
    ///   - model: with the words that it was taught.
    ///   - policy: by which it decides.
    /// Throws if the model cannot learn.
    public init(_ model: Model, policy: DecisionPolicy) throws(EnrolmentError) {
        guard model.description.ownWords?.secondSize != nil, model.description.secondLook != nil else {
            throw .noEmbedding(model: model.description.name, version: model.description.version)
        }
        (self.model, self.policy) = (model, policy)
        embedder = try WindowEmbedder(model)
        bank = try EmbeddingBank(of: model)
    }

    /// Learns from all that was marked. What was learned from marks that are no longer kept stays.
    public func learn(from sounds: [MarkedSound]) -> Result {
        let kept = model.description.corrections.filter { known in !sounds.contains { $0.mark == known.mark } }
        var corrections = kept
        var outcomes: [Outcome] = []
        for (index, word) in model.description.labels.enumerated() where sounds.contains(where: { $0.word == word }) {
            let (learned, outcome) = learn(index, word, sounds.filter { $0.word == word }, kept)
            corrections += learned
            outcomes.append(outcome)
        }
        return Result(corrections: corrections, outcomes: outcomes)
    }

    private func learn(
        _ index: Int, _ word: String, _ sounds: [MarkedSound], _ kept: [Correction]
    ) -> ([Correction], Outcome) {
        let (wrong, said) = (sounds.filter { $0.kind == .notSaid }, sounds.filter { $0.kind == .said })
        var outcome = Outcome(word: word)
        let before = ear(for: index, model)
        outcome.wrong.heardBefore = wrong.count { before($0.samples) != nil }
        outcome.said.heardBefore = said.count { before($0.samples) != nil }
        (outcome.wrong.sounds, outcome.said.sounds) = (wrong.count, said.count)
        (outcome.wrong.heardAfter, outcome.said.heardAfter) = (outcome.wrong.heardBefore, outcome.said.heardBefore)
        guard !wrong.isEmpty else { return ([], outcome) }
        guard policy.words[index].second != nil, let direction = direction(of: word),
            let trunk = model.description.secondLook?.sha256
        else {
            outcome.refusal = "the second network is not asked about it"
            return ([], outcome)
        }
        let uncorrected = ear(for: index, model.teaching(model.description.taught))
        let learned = wrong.compactMap { sound in
            FalseAlarm(
                sound.samples, unlike: direction, embedder: embedder, variants: variants,
                smoothingHops: policy.smoothingHops, decision: uncorrected)?
                .correction(of: word, mark: sound.mark, trunk: trunk)
        }
        let after = ear(for: index, model.teaching(model.description.taught, corrections: kept + learned))
        outcome.wrong.heardAfter = wrong.count { after($0.samples) != nil }
        outcome.said.heardAfter = said.count { after($0.samples) != nil }
        guard outcome.said.heardAfter >= outcome.said.heardBefore else {
            outcome.refusal = "it would no longer hear what was said"
            return ([], outcome)
        }
        return (learned, outcome)
    }

    /// Where the second network's embedding of a word lies.
    private func direction(of word: String) -> [Float]? {
        if let own = model.description.taught.first(where: { $0.name == word })?.second {
            return Prototype(of: [own.head.weights]).direction
        }
        guard let place = model.network.description.keywords.firstIndex(of: word),
            let mean = bank.keywords[place].second
        else { return nil }
        return Prototype(of: [mean]).direction
    }

    /// Tells at which sample a sound is heard as a word, whatever must come before that; nil if it is not.
    private func ear(for word: Int, _ model: Model) -> ([Float]) -> Int? {
        var policy = policy
        policy.words[word].enabled = true
        policy.words[word].after = []
        let spotter = Spotter(model, policy: policy)
        return { sound in
            var decision: Int?
            func note(_ detection: Detection) {
                if Int(detection.word) == word { decision = decision ?? Int(detection.decisionSample) }
            }
            spotter.begin()
            sound.withUnsafeBufferPointer { spotter.process($0, note) }
            spotter.finish(note)
            return decision
        }
    }
}
