import Enrolment
import Listening
import Logging
import Models
import Protocol
import Spotting

/// Learns from what was marked, and has it count, without a gap. One at a time.
actor LearningService {
    private let listener: Listener
    private let activator: ModelActivator
    private let store: CorrectionStore?
    private let logger: Logger
    private var isLearning = false

    /// All marks that are kept, on a slow machine.
    private static let patience = Duration.seconds(900)

    init(_ listener: Listener, _ activator: ModelActivator, _ taught: TaughtWords, logger: Logger) {
        (self.listener, self.activator, store, self.logger) = (listener, activator, taught.corrections, logger)
    }

    /// - Parameter apply: whether what is learned counts from then on.
    func learn(from sounds: [MarkedSound], apply: Bool) async throws(ErrorMessage) -> LearningAnswer {
        let active = listener.active
        let result = try await onStore { (store) throws(OwnWordError) in
            try Self.learn(from: sounds, active.model, active.policy, store, apply: apply)
        }
        if apply {
            try await activator.teach()
            logger.notice("learned from \(sounds.count) sounds: \(result.corrections) are known to be no word")
        }
        return result
    }

    /// What was learned before the last time counts again.
    func undo() async throws(ErrorMessage) -> LearningAnswer {
        let corrections = try await onStore { (store) throws(OwnWordError) in
            guard let before = try store.load().before else { throw OwnWordError("there is nothing to undo") }
            try store.save(CorrectionStore.Content(corrections: before))
            return before.count
        }
        try await activator.teach()
        logger.notice("what was learned last is undone")
        return LearningAnswer(words: [], corrections: corrections, isApplied: true, canUndo: false)
    }

    private static func learn(
        from sounds: [MarkedSound], _ model: Model, _ policy: DecisionPolicy, _ store: CorrectionStore, apply: Bool
    ) throws(OwnWordError) -> LearningAnswer {
        let kept = try store.load()
        let result: Learner.Result
        do throws(EnrolmentError) {
            result = try Learner(model, policy: policy).learn(from: sounds)
        } catch {
            throw OwnWordError("\(error)")
        }
        if apply, result.corrections != kept.corrections {
            try store.save(CorrectionStore.Content(corrections: result.corrections, before: kept.corrections))
        }
        let words = result.outcomes.map { outcome in
            LearningAnswer.Word(
                keyword: outcome.word, wrong: outcome.wrong.sounds, wrongBefore: outcome.wrong.heardBefore,
                wrongAfter: outcome.wrong.heardAfter, said: outcome.said.sounds, saidBefore: outcome.said.heardBefore,
                saidAfter: outcome.said.heardAfter, refused: outcome.refusal)
        }
        return LearningAnswer(
            words: words, corrections: result.corrections.count, isApplied: apply,
            canUndo: apply || kept.before != nil)
    }

    private func onStore<Value: Sendable>(
        _ body: @escaping @Sendable (CorrectionStore) throws(OwnWordError) -> Value
    ) async throws(ErrorMessage) -> Value {
        guard let store else {
            throw ErrorMessage(
                .failed, "the daemon has no state directory to learn in; give it one with STATE_DIRECTORY")
        }
        guard !isLearning else { throw ErrorMessage(.failed, "it is learning already; ask again in a minute") }
        isLearning = true
        defer { isLearning = false }
        return try await answerOnOwnThread(
            "learning", patience: Self.patience, late: "it could not be learned in time; look at the disk"
        ) { () throws(OwnWordError) in try body(store) }
    }
}
