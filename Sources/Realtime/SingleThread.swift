import Glibc
import Synchronization
import Time
internal import CExecutor

/// All that is async in a program, on its main thread: for services that do little.
///
/// Swift's own pool of threads stands on libdispatch, which wakes a process every second for as long as it lives, once it
/// was used. Without it, and without `Task.sleep`, such a program sleeps until something happens.
public enum SingleThread {
    private static let loop = Loop()

    /// Runs a program until it ends by `exit`. Before any other task is begun.
    public static func run(_ program: @escaping @Sendable () async -> Void) -> Never {
        loop.isRunning.store(true, ordering: .releasing)
        executor_take_over { SingleThread.loop.add(unsafeBitCast($0, to: UnownedJob.self)) }
        Task.detached(operation: program)
        while true { loop.turn() }
    }

    /// Waits, as `Task.sleep` does; in a program that runs otherwise by that.
    ///
    /// - Throws: `CancellationError`.
    public static func sleep(for duration: Duration) async throws {
        guard loop.isRunning.load(ordering: .acquiring) else { return try await Task.sleep(for: duration) }
        try await loop.sleep(until: MonotonicClock.nanoseconds() + duration.nanoseconds, wakeup: nil)
    }

    fileprivate static func sleep(for duration: Duration, unless wakeup: AsyncWakeup) async throws {
        guard loop.isRunning.load(ordering: .acquiring) else { return try await Task.sleep(for: duration) }
        try await loop.sleep(until: MonotonicClock.nanoseconds() + duration.nanoseconds, wakeup: wakeup)
    }

    fileprivate static func look() { loop.wakeup.signal() }
}

/// What ``Wakeup`` is to threads, for one task of a program that ``SingleThread`` runs; in another one only its time ends a
/// wait.
public final class AsyncWakeup: Sendable {
    private let isSignalled = Atomic(false)

    public init() {}

    /// Wakes the waiting task, or ends the next wait at once. Any thread, the capture thread too: at most one system call that
    /// never blocks and never allocates.
    public func signal() {
        guard !isSignalled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        SingleThread.look()
    }

    /// Waits for a signal, at most for so long. One waiting task at a time.
    ///
    /// - Throws: `CancellationError`.
    public func wait(timeout: Duration) async throws { try await SingleThread.sleep(for: timeout, unless: self) }

    fileprivate func take() -> Bool { isSignalled.exchange(false, ordering: .acquiringAndReleasing) }
}

/// What is to be run, at once or at a time. Any thread adds; one takes.
private final class Loop: SerialExecutor {
    let isRunning = Atomic(false)
    let wakeup = Wakeup()
    private let state = Mutex(State())

    private struct State {
        var jobs: [UnownedJob] = []
        var sleepers: [UInt64: Sleeper] = [:]
        var lastSleeper: UInt64 = 0
    }

    private struct Sleeper {
        let deadline: Int64
        let wakeup: AsyncWakeup?
        let continuation: CheckedContinuation<Void, any Error>
    }

    func add(_ job: UnownedJob) {
        state.withLock { $0.jobs.append(job) }
        wakeup.signal()
    }

    func enqueue(_ job: consuming ExecutorJob) { add(UnownedJob(job)) }

    /// Runs what is there and wakes whose time has come; sleeps if there is neither.
    func turn() {
        let (jobs, due, next) = state.withLock { state in
            let now = MonotonicClock.nanoseconds()
            let due = state.sleepers.filter { $0.value.wakeup?.take() ?? false || $0.value.deadline <= now }
            for id in due.keys { state.sleepers[id] = nil }
            defer { state.jobs = [] }
            return (state.jobs, due.values.map(\.continuation), state.sleepers.values.map(\.deadline).min())
        }
        for continuation in due { continuation.resume() }
        for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        guard jobs.isEmpty, due.isEmpty else { return }
        let patience = next.map { Duration.nanoseconds($0 - MonotonicClock.nanoseconds()) } ?? .seconds(86_400)
        _ = wakeup.wait(timeout: patience)
    }

    func sleep(until deadline: Int64, wakeup: AsyncWakeup?) async throws {
        let id = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock {
                    $0.sleepers[id] = Sleeper(deadline: deadline, wakeup: wakeup, continuation: continuation)
                }
                // One that was cancelled before is in no list when its handler looks.
                if Task.isCancelled { cancel(id) } else { self.wakeup.signal() }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: UInt64) {
        let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
