import Audio
import Listening
import Logging
import Models
import Protocol
import Realtime
import ServiceSettings
import Spotting

/// Has another model take over while the daemon listens, one at a time.
actor ModelActivator {
    private let listener: Listener
    private let reloader: Reloader
    private let taught: TaughtWords
    private let logger: Logger
    private var isRunning = false

    /// As long as words never cease, two models are not exchanged; and then they are.
    private static let patience = Duration.seconds(12)
    private static let mostTries = 5
    /// To hear a model's clip, and to fit as many words to it as there may be, on a slow machine.
    private static let preparation = Duration.seconds(300)

    init(_ listener: Listener, _ reloader: Reloader, taught: TaughtWords, logger: Logger) {
        self.listener = listener
        self.reloader = reloader
        self.taught = taught
        self.logger = logger
    }

    /// Reads and checks a model, has it hear its own clip, and then take over between two windows.
    ///
    /// Throws why not; then the model is the one before.
    func activate(_ choice: ModelChoice) async throws(ErrorMessage) -> ActivateAnswer {
        guard !isRunning else {
            throw ErrorMessage(.failed, "a model is being activated already; ask again in a few seconds")
        }
        isRunning = true
        defer { isRunning = false }
        let prepared = await onOwnThread("activate", patience: Self.preparation) { [self] in
            Result { () throws(ErrorMessage) in try prepare(choice) }
        }
        guard let (model, policy, carried) = try prepared?.get() else {
            throw ErrorMessage(.failed, "the model could not be read in time; look at the disk")
        }
        let description = model.description
        let before = listener.active.description
        let seconds = try await takeOver(model, policy)
        logger.notice(
            "\(description.name) \(description.version) is active",
            metadata: ["before": "\(before.name) \(before.version)"])
        await keep(carried)
        return ActivateAnswer(
            model: description.name, modelVersion: description.version, previousVersion: before.version,
            seconds: seconds)
    }

    /// Has the present model go on with the words that are kept now, by the same way; what was taught to another one is fitted to
    /// it. Waits for another takeover.
    ///
    /// - Parameter patience: for the disk, and where there is something to be fitted, for that.
    /// Throws why not; then those are heard that were before.
    func teach(patience: Duration = .seconds(10)) async throws(ErrorMessage) {
        let end = ContinuousClock.now + Self.patience * 2
        while isRunning, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
        guard !isRunning else {
            throw ErrorMessage(.failed, "a model is being activated already; ask again in a few seconds")
        }
        isRunning = true
        defer { isRunning = false }
        let prepared = await onOwnThread("teach", patience: patience) { [self] in
            Result { () throws(ErrorMessage) in
                let (model, carried) = taught.carry(to: listener.active.model)
                return (model, try reloader.policy(for: model.description), carried)
            }
        }
        guard let (model, policy, carried) = try prepared?.get() else {
            throw ErrorMessage(.failed, "the words could not be read in time; look at the disk")
        }
        let (new, active) = (model.description, listener.active.description)
        guard new.taught != active.taught || new.corrections != active.corrections else { return }
        _ = try await takeOver(model, policy)
        await keep(carried)
    }

    /// What was taught to another model is fitted to the present one and heard from then on.
    func carryOver() async {
        for _ in 0..<Self.mostTries {
            do throws(ErrorMessage) {
                return try await teach(patience: Self.preparation)
            } catch {
                logger.warning("the words that were taught to another model are not heard yet: \(error.error)")
            }
            try? await Task.sleep(for: Self.patience)
        }
    }

    /// They are heard already: a slow disk holds nobody up.
    private func keep(_ carried: [OwnWord]) async {
        guard !carried.isEmpty else { return }
        let description = listener.active.description
        _ = await onOwnThread("keep") { [taught] in taught.keep(carried, for: description) }
    }

    /// - Returns: the seconds for which the two heard side by side.
    private func takeOver(_ model: Model, _ policy: DecisionPolicy) async throws(ErrorMessage) -> Double {
        let description = model.description
        let before = listener.active.description
        let takeover = listener.begin(model, policy: policy)
        let clock = ContinuousClock()
        let began = clock.now
        while takeover.outcome == .pending, clock.now - began < Self.patience {
            try? await SingleThread.sleep(for: .milliseconds(20))
        }
        let name = "\(description.name) \(description.version)"
        guard !takeover.settle(.withdrawn) else {
            throw ErrorMessage(.failed, "the listening thread did not take \(name) over; see the daemon's status")
        }
        guard takeover.outcome == .done else {
            throw ErrorMessage(
                .failed, "\(name) is too slow for this machine; \(before.name) \(before.version) stays active")
        }
        reloader.finish(takeover, policy: policy)
        return (clock.now - began) / .seconds(1)
    }

    /// Reads the model, and checks that it fits the configuration and hears its own clip.
    private nonisolated func prepare(
        _ choice: ModelChoice
    ) throws(ErrorMessage) -> (Model, DecisionPolicy, carried: [OwnWord]) {
        let (model, carried) = taught.carry(to: try find(choice))
        let policy = try reloader.policy(for: model.description)
        try check(model)
        return (model, policy, carried)
    }

    /// By name and version among those that are there: nobody gives a path.
    private nonisolated func find(_ choice: ModelChoice) throws(ErrorMessage) -> Model {
        let active = listener.active.model
        let name = choice.name ?? active.description.name
        let entries = ModelStore.known(around: active)
        guard let entry = entries.first(where: { $0.name == name && $0.version == choice.version }) else {
            let known = entries.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
            throw ErrorMessage(
                .failed, "there is no model \(name) \(choice.version); there are: \(known.isEmpty ? "none" : known)")
        }
        do throws(ModelFolderError) {
            return try entry.load()
        } catch {
            logger.warning("\(error)")
            throw ErrorMessage(.failed, "\(name) \(choice.version) is damaged; install it again")
        }
    }

    private nonisolated func check(_ model: Model) throws(ErrorMessage) {
        let passes: Bool?
        do throws(AudioError) {
            passes = try SelfTest.passes(model)
        } catch {
            passes = false
        }
        guard passes != false else {
            let description = model.description
            throw ErrorMessage(
                .failed,
                "\(description.name) \(description.version) does not hear its own clip; the model stays as it was")
        }
    }
}
