import Inference
import Models
import Spotting

/// Learns from what was marked: a sound that was taken for a word is not taken for it again, and a voice that was missed is heard.
/// One thread at a time.
public final class Learner {
    /// What would become of a word.
    public struct Outcome: Sendable, Equatable {
        public let word: String
        /// What was marked as wrong, and how much of it is taken for the word.
        public var wrong = Counts()
        /// The same of what was said.
        public var said = Counts()
        /// Whether the word is fitted again, to what was said and missed, too.
        public var isTaughtAgain = false
        /// Why not all of it is learned; nil if it is.
        public var refusal: String?

        init(_ word: String) { self.word = word }
    }

    public struct Counts: Sendable, Equatable {
        public var sounds = 0
        public var heardBefore = 0
        public var heardAfter = 0
    }

    /// What was learned, and what of it.
    public struct Result: Sendable {
        public let corrections: [Correction]
        public let words: [TaughtAgain]
        public let outcomes: [Outcome]
    }

    private let model: Model
    private let policy: DecisionPolicy
    private let enrolment: Enrolment
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
        enrolment = try Enrolment(model)
    }

    /// Learns from all that was marked. What was learned from marks that are no longer kept stays.
    ///
    /// - Parameter takes: those that each word was taught with, by its name, as far as they are kept.
    public func learn(from sounds: [MarkedSound], takes: [String: [Take]] = [:]) -> Result {
        let kept = model.description.corrections.filter { known in !sounds.contains { $0.mark == known.mark } }
        var corrections = kept
        var words: [TaughtAgain] = []
        var outcomes: [Outcome] = []
        for word in model.description.keywords where sounds.contains(where: { $0.word == word }) {
            var lesson = Lesson(word, sounds.filter { $0.word == word }, takes[word] ?? [])
            let before = ear(for: word, model)
            lesson.outcome.wrong.heardBefore = lesson.wrong.count { before($0.samples) != nil }
            lesson.outcome.said.heardBefore = lesson.said.count { before($0.samples) != nil }
            let taughtAgain = teachAgain(&lesson, kept)
            let learned = correct(&lesson, taughtAgain, kept)
            corrections += learned
            words += taughtAgain.map { [$0] } ?? []
            outcomes.append(lesson.outcome)
        }
        return Result(corrections: corrections, words: words, outcomes: outcomes)
    }

    /// What is to be learned about one word.
    private struct Lesson {
        let word: String
        let wrong: [MarkedSound]
        let said: [MarkedSound]
        let takes: [Take]
        var outcome: Outcome

        init(_ word: String, _ sounds: [MarkedSound], _ takes: [Take]) {
            (self.word, self.takes) = (word, takes)
            (wrong, said) = (sounds.filter { $0.kind == .notSaid }, sounds.filter { $0.kind == .said })
            outcome = Outcome(word)
            (outcome.wrong.sounds, outcome.said.sounds) = (wrong.count, said.count)
        }
    }

    /// The word fitted to what was said, too, if some of that is missed; nil if it is not, or would gain nothing by it.
    private func teachAgain(_ lesson: inout Lesson, _ kept: [Correction]) -> TaughtAgain? {
        let outcome = lesson.outcome
        lesson.outcome.said.heardAfter = outcome.said.heardBefore
        guard outcome.said.heardBefore < outcome.said.sounds else { return nil }
        let known = model.description.taught.first { $0.name == lesson.word }
        let again: TaughtAgain
        do {
            again = try TaughtAgain(lesson.word, known, said: lesson.said, takes: lesson.takes, by: enrolment)
        } catch {
            lesson.outcome.refusal = "what was missed is not learned: \(error)"
            return nil
        }
        let (before, after) = (ear(for: lesson.word, model), ear(for: lesson.word, teaching(again, kept)))
        let heard = lesson.said.count { after($0.samples) != nil }
        let takesLost = lesson.takes.contains { before($0.samples) != nil && after($0.samples) == nil }
        guard heard > outcome.said.heardBefore, !takesLost else {
            lesson.outcome.refusal =
                takesLost
                ? "what was missed is not learned: takes that it was taught with would be missed"
                : "what was missed is not learned: with it as a take, no more of it would be heard"
            return nil
        }
        lesson.outcome.isTaughtAgain = true
        lesson.outcome.said.heardAfter = heard
        return again
    }

    /// What keeps the sounds that were marked as wrong from being the word.
    private func correct(_ lesson: inout Lesson, _ again: TaughtAgain?, _ kept: [Correction]) -> [Correction] {
        guard !lesson.wrong.isEmpty else { return [] }
        if let learned = corrections(of: lesson, again) {
            let after = ear(for: lesson.word, teaching(again, kept + learned))
            let said = lesson.said.count { after($0.samples) != nil }
            if said >= lesson.outcome.said.heardAfter {
                lesson.outcome.wrong.heardAfter = lesson.wrong.count { after($0.samples) != nil }
                lesson.outcome.said.heardAfter = said
                return learned
            }
            lesson.outcome.refusal = "what was wrong is not learned: it would no longer hear what was said"
        } else {
            lesson.outcome.refusal = "the second network is not asked about it"
        }
        let without = ear(for: lesson.word, teaching(again, kept))
        lesson.outcome.wrong.heardAfter = lesson.wrong.count { without($0.samples) != nil }
        return []
    }

    /// One for each sound that is taken for the word; nil where the second network is not asked about it.
    private func corrections(of lesson: Lesson, _ again: TaughtAgain?) -> [Correction]? {
        let model = teaching(again, [])
        guard asksSecond(about: lesson.word), let direction = direction(of: lesson.word, model),
            let trunk = model.description.secondLook?.sha256
        else { return nil }
        let uncorrected = ear(for: lesson.word, model)
        return lesson.wrong.compactMap { sound in
            FalseAlarm(
                sound.samples, unlike: direction, embedder: enrolment.embedder, variants: variants,
                smoothingHops: policy.smoothingHops, decision: uncorrected)?
                .correction(of: lesson.word, mark: sound.mark, trunk: trunk)
        }
    }

    private func asksSecond(about word: String) -> Bool {
        model.description.labels.firstIndex(of: word).map { policy.words[$0].second != nil } ?? false
    }

    /// The model with a word as it was taught again.
    private func teaching(_ again: TaughtAgain?, _ corrections: [Correction]) -> Model {
        var words = model.description.taught
        if let again {
            if let place = words.firstIndex(where: { $0.name == again.word.name }) {
                words[place] = again.word
            } else {
                words.append(again.word)
            }
        }
        return model.teaching(words, corrections: corrections)
    }

    /// Where the second network's embedding of a word lies.
    private func direction(of word: String, _ model: Model) -> [Float]? {
        if let place = model.network.description.keywords.firstIndex(of: word) {
            return enrolment.bank.keywords[place].second.map { Prototype(of: [$0]).direction }
        }
        let own = model.description.taught.first { $0.name == word }
        return own?.second.map { Prototype(of: [$0.head.weights]).direction }
    }

    /// Tells at which sample a sound is heard as a word, whatever must come before that; nil if it is not.
    private func ear(for word: String, _ model: Model) -> ([Float]) -> Int? {
        let labels = model.description.labels
        let policy = policy(for: model, listeningFor: word)
        let spotter = Spotter(model, policy: policy)
        return { sound in
            spotter.detections(in: sound).first { labels[Int($0.word)] == word }.map { Int($0.decisionSample) }
        }
    }

    /// The policy, with what a word that was taught again has anew.
    private func policy(for model: Model, listeningFor word: String) -> DecisionPolicy {
        let (labels, taught) = (model.description.labels, DecisionPolicy(model.description))
        var policy = policy
        policy.words += taught.words.dropFirst(policy.words.count)
        for index in labels.indices where labels[index] == word {
            if index >= model.description.words.count, policy.words[index].second != nil {
                policy.words[index].second = taught.words[index].second
            }
            policy.words[index].enabled = true
            policy.words[index].after = []
        }
        return policy
    }
}
