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
    private let lessons: LessonStore?
    private let logger: Logger
    private var isLearning = false

    /// All marks that are kept, on a slow machine.
    private static let patience = Duration.seconds(900)

    init(_ listener: Listener, _ activator: ModelActivator, _ taught: TaughtWords, logger: Logger) {
        (self.listener, self.activator, self.logger) = (listener, activator, logger)
        lessons = LessonStore(taught)
    }

    /// - Parameters:
    ///   - apply: whether what is learned counts from then on.
    ///   - marked: reads what was marked, which may be much.
    func learn(
        apply: Bool, from marked: @Sendable () async throws(ErrorMessage) -> [MarkedSound]
    ) async throws(ErrorMessage) -> LearningAnswer {
        try begin()
        defer { isLearning = false }
        let sounds = try await marked()
        let active = listener.active
        let result = try await onStore { (lessons) throws(OwnWordError) in
            try Self.learn(from: sounds, active.model, active.policy, lessons, apply: apply)
        }
        if apply {
            try await activator.teach()
            logger.notice("learned from \(sounds.count) sounds: \(result.corrections) are known to be no word")
            for word in result.words where word.isTaughtAgain { logger.notice("\(word.keyword) is taught again") }
        }
        return result
    }

    /// What was learned before the last time counts again.
    func undo() async throws(ErrorMessage) -> LearningAnswer {
        try begin()
        defer { isLearning = false }
        let corrections = try await onStore { (lessons) throws(OwnWordError) in try lessons.undo() }
        try await activator.teach()
        logger.notice("what was learned last is undone")
        return LearningAnswer(words: [], corrections: corrections, isApplied: true, canUndo: false)
    }

    private func begin() throws(ErrorMessage) {
        guard !isLearning else { throw ErrorMessage(.failed, "it is learning already; ask again in a minute") }
        isLearning = true
    }

    private static func learn(
        from sounds: [MarkedSound], _ model: Model, _ policy: DecisionPolicy, _ lessons: LessonStore, apply: Bool
    ) throws(OwnWordError) -> LearningAnswer {
        let canUndo = try lessons.canUndo
        let said = Set(sounds.filter { $0.kind == .said }.map(\.word))
        let takes = try lessons.takes(of: model.description.taught.map(\.name).filter(said.contains))
        let result: Learner.Result
        do throws(EnrolmentError) {
            result = try Learner(model, policy: policy).learn(from: sounds, takes: takes)
        } catch {
            throw OwnWordError("\(error)")
        }
        let changes = apply ? try lessons.keep(result) : false
        let words = result.outcomes.map { outcome in
            LearningAnswer.Word(
                keyword: outcome.word, wrong: outcome.wrong.sounds, wrongBefore: outcome.wrong.heardBefore,
                wrongAfter: outcome.wrong.heardAfter, said: outcome.said.sounds, saidBefore: outcome.said.heardBefore,
                saidAfter: outcome.said.heardAfter, isTaughtAgain: outcome.isTaughtAgain, refused: outcome.refusal)
        }
        return LearningAnswer(
            words: words, corrections: result.corrections.count, isApplied: apply, canUndo: canUndo || changes)
    }

    private func onStore<Value: Sendable>(
        _ body: @escaping @Sendable (LessonStore) throws(OwnWordError) -> Value
    ) async throws(ErrorMessage) -> Value {
        guard let lessons else {
            throw ErrorMessage(
                .failed, "the daemon has no state directory to learn in; give it one with STATE_DIRECTORY")
        }
        return try await answerOnOwnThread(
            "learning", patience: Self.patience, late: "it could not be learned in time; look at the disk"
        ) { () throws(OwnWordError) in try body(lessons) }
    }
}
