import Client
import Logging
import Protocol
import Realtime
import ServiceSettings
import Synchronization

/// Gives what a daemon tells to the hooks that it is for, and says in the log how they do: a failure with its reason, and for
/// every minute in which a hook had to do, how often it ran, failed, took too long and was dropped.
public final class HookDispatcher: Sendable {
    /// What was heard longer ago was missed while there was no connection, and nobody expects it to happen now.
    public static let oldest = Duration.seconds(5)

    private struct State {
        var runners: [HookRunner] = []
        /// Of hooks that are gone, and still run.
        var leaving: [HookRunner] = []
        var summarised: [String: HookCounts] = [:]
        var isSummaryDue = false
        /// The words that the daemon listens for; nil before it said so.
        var words: [String]?
        var old = 0
    }

    private let logger: Logger
    private let makeAction: @Sendable (Hook) -> any HookAction
    private let state = Mutex(State())

    /// - Parameter makeAction: what a hook does.
    public init(logger: Logger, makeAction: @escaping @Sendable (Hook) -> any HookAction) {
        (self.logger, self.makeAction) = (logger, makeAction)
    }

    /// From now on these; hooks that are as they were go on, those that are gone or changed only finish what they do.
    public func use(_ hooks: [Hook]) {
        state.withLock { state in
            let before = state.runners
            state.runners = hooks.map { hook in
                before.first { $0.hook == hook }
                    ?? HookRunner(hook, action: makeAction(hook)) { [logger] reason in
                        logger.warning("\(reason)", metadata: ["hook": "\(hook.name)"])
                    }
            }
            let retired = before.filter { !hooks.contains($0.hook) }
            for runner in retired {
                runner.retire()
                state.summarised[runner.hook.name] = nil
            }
            state.leaving = (state.leaving + retired).filter(\.isRunning)
            warnOfUnknownWords(state)
        }
    }

    /// Whether no hook may run for it any more.
    public static func isOld(_ event: KeywordEvent) -> Bool {
        let now = Timestamp.now().millisecondsSince1970
        return Duration.milliseconds(now - event.timestamp.millisecondsSince1970) > oldest
    }

    /// Takes what a `DaemonFollower` tells.
    @Sendable public func take(_ news: DaemonFollower.News) async {
        switch news {
        case .connected(let hello):
            logger.info("follows attuned \(hello.version), which has started at \(hello.started)")
        case .status(let status): take(status.keywords)
        case .keyword(let event, let line): take(HeardKeyword(event, line: line))
        case .missed: logger.notice("the daemon has forgotten some keywords that came while there was no connection")
        case .lost(let reason): logger.warning("no daemon: \(reason); waiting for it")
        case .other: break
        }
    }

    /// Ends what runs, and waits for it, three seconds at most.
    public func stop() async {
        await HookRunner.stop(state.withLock { $0.runners + $0.leaving })
        summarise()
    }

    private func take(_ keyword: HeardKeyword) {
        let isOld = Self.isOld(keyword.event)
        let runners = state.withLock { state in
            let runners = state.runners.filter { $0.hook.isFor(keyword.event.keyword) }
            guard isOld, !runners.isEmpty else { return runners }
            state.old += 1
            return []
        }
        for runner in runners { runner.take(keyword) }
        if !runners.isEmpty || isOld { summariseInAMinute() }
    }

    private func take(_ words: [String]) {
        state.withLock { state in
            guard state.words != words else { return }
            state.words = words
            warnOfUnknownWords(state)
        }
    }

    private func warnOfUnknownWords(_ state: State) {
        guard let words = state.words else { return }
        for hook in state.runners.map(\.hook) {
            for word in hook.words where word != Hook.anyWord && !words.contains(word) {
                logger.warning(
                    "the daemon does not listen for \"\(word)\"; it listens for \(words.joined(separator: ", "))",
                    metadata: ["hook": "\(hook.name)"])
            }
        }
    }

    private func summariseInAMinute() {
        let isFirst = state.withLock { state in
            defer { state.isSummaryDue = true }
            return !state.isSummaryDue
        }
        guard isFirst else { return }
        Task { [weak self] in
            try? await SingleThread.sleep(for: .seconds(60))
            self?.summarise()
        }
    }

    private func summarise() {
        let (runners, old, before) = state.withLock { state in
            defer {
                state.isSummaryDue = false
                state.old = 0
            }
            return (state.runners, state.old, state.summarised)
        }
        if old > 0 {
            logger.notice(
                "\(old) keywords were heard more than \(Self.oldest) before they came, and no hook ran for them")
        }
        for runner in runners {
            let counts = runner.counts
            guard counts != before[runner.hook.name] ?? HookCounts() else { continue }
            state.withLock { $0.summarised[runner.hook.name] = counts }
            logger.info("\(counts)", metadata: ["hook": "\(runner.hook.name)"])
        }
    }
}
