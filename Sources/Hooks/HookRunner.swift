import Logging
import Realtime
import ServiceSettings
import Synchronization
import Time

/// Runs one hook, one event after the other: what comes while it runs waits, as far as the hook's queue goes, or is dropped
/// and counted. Any thread.
///
/// It has a thread only while the hook runs.
public final class HookRunner: Sendable {
    public let hook: Hook
    private let action: any HookAction
    private let stopSignal = StopSignal()
    private let onFailure: @Sendable (_ reason: String) -> Void
    private let state = Mutex(State())

    private struct State {
        var waiting: [HeardKeyword] = []
        var isRunning = false
        var isStopped = false
        var counts = HookCounts()
        var budget = LogBudget(perMinute: 10)
    }

    /// - Parameter onFailure: told why the hook did not do what it should, ten times a minute at most, and how often it
    ///   failed since the last time that was told; on the hook's thread; returns soon.
    public init(
        _ hook: Hook, action: any HookAction, onFailure: @escaping @Sendable (_ reason: String) -> Void
    ) {
        self.hook = hook
        self.action = action
        self.onFailure = onFailure
    }

    public var counts: HookCounts { state.withLock { $0.counts } }
    public var isRunning: Bool { state.withLock { $0.isRunning } }

    /// Runs the hook for this keyword, now or later, or drops it. Never waits.
    public func take(_ keyword: HeardKeyword) {
        let isToBegin = state.withLock { state in
            guard !state.isStopped else { return false }
            guard state.isRunning else {
                state.isRunning = true
                return true
            }
            if state.waiting.count < hook.queueLength {
                state.waiting.append(keyword)
            } else {
                state.counts.dropped += 1
            }
            return false
        }
        guard isToBegin else { return }
        do throws(RealtimeThread.CreationError) {
            _ = try RealtimeThread(name: "hook") { self.run(keyword) }
        } catch {
            count(.failed("\(error)"))
            _ = next(isLast: true)
        }
    }

    /// Takes nothing more. What waits is dropped; what runs goes on.
    public func retire() {
        state.withLock { state in
            state.isStopped = true
            state.counts.dropped += state.waiting.count
            state.waiting = []
        }
    }

    /// Takes nothing more, and ends what runs.
    public func stop() {
        retire()
        stopSignal.give()
    }

    /// Ends what runs in any of them, and waits for it, three seconds at most.
    public static func stop(_ runners: [HookRunner]) async {
        for runner in runners { runner.stop() }
        let deadline = ContinuousClock.now + .seconds(3)
        while runners.contains(where: \.isRunning), ContinuousClock.now < deadline {
            try? await SingleThread.sleep(for: .milliseconds(10))
        }
    }

    private func run(_ first: HeardKeyword) {
        var keyword: HeardKeyword? = first
        while let current = keyword {
            count(action.perform(current, until: stopSignal))
            keyword = next()
        }
    }

    private func next(isLast: Bool = false) -> HeardKeyword? {
        state.withLock { state in
            guard !isLast, !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    private func count(_ result: HookResult) {
        let failure: String?
        switch result {
        case .done, .stopped: failure = nil
        case .failed(let reason): failure = reason
        case .timedOut: failure = "took longer than \(hook.timeLimit), and was ended"
        }
        let told: (isGranted: Bool, refusedBefore: Int) = state.withLock { state in
            state.counts.count(result)
            return failure == nil ? (false, 0) : state.budget.take(now: MonotonicClock.nanoseconds())
        }
        guard let failure, told.isGranted else { return }
        onFailure(told.refusedBefore > 0 ? "\(failure) (and \(told.refusedBefore) times more before)" : failure)
    }
}
