import Glibc
import Synchronization
import Time
internal import CLinux

/// A thread of our own, outside the Swift concurrency pool: named, with a stack of known size, real-time if the
/// system permits.
///
/// The thread takes no asynchronous signals (they go to the threads of the pool), so no reload interrupts a read. If
/// nobody joins it, it is detached and ends with its body.
public final class RealtimeThread: Sendable {
    /// How the kernel schedules a thread.
    public enum Scheduling: Sendable, Equatable {
        /// SCHED_FIFO at this priority: it runs before every ordinary thread of the machine.
        case realTime(priority: Int)
        /// Like any thread: real time was not asked for (`refusal` 0) or refused with this errno (EPERM without the
        /// right).
        case ordinary(refusal: Int32)
    }

    /// Why no thread could be made: the errno of `pthread_create`, EAGAIN when the limit of threads or memory is
    /// reached.
    public struct CreationError: Error, CustomStringConvertible {
        public let name: String
        public let errno: Int32

        public var description: String {
            "cannot start the thread \"\(name)\": \(String(cString: strerror(errno))); "
                + "look at the limits of processes and memory (ulimit -u, TasksMax=)"
        }
    }

    /// The thread's name, as `top -H` and `/proc/PID/task/TID/comm` show it.
    public let name: String
    /// What was granted, not what was asked for.
    public let scheduling: Scheduling

    private let thread: pthread_t
    private let isJoined = Atomic<Bool>(false)

    /// Starts a thread that runs `body` and ends.
    ///
    /// - Parameters:
    ///   - name: at most 15 bytes of UTF-8, the kernel's limit.
    ///   - stackSizeBytes: the whole stack; it is reserved, and used page by page.
    ///   - priority: 1...99 asks for SCHED_FIFO; nil for an ordinary thread.
    public init(
        name: String, stackSizeBytes: Int = 512 * 1024, priority: Int? = nil, body: @escaping @Sendable () -> Void
    ) throws(CreationError) {
        precondition(!name.isEmpty && name.utf8.count <= 15, "a thread's name has 1 to 15 bytes: \"\(name)\"")
        self.name = name
        let start = Start(name: name, body: body)
        if let priority {
            let refusal: Int32
            switch Self.create(start, stackSizeBytes: stackSizeBytes, priority: priority) {
            case .success(let thread):
                self.thread = thread
                scheduling = .realTime(priority: priority)
                return
            case .failure(let error): refusal = error.errno
            }
            thread = try Self.create(start, stackSizeBytes: stackSizeBytes, priority: nil).get()
            scheduling = .ordinary(refusal: refusal)
        } else {
            thread = try Self.create(start, stackSizeBytes: stackSizeBytes, priority: nil).get()
            scheduling = .ordinary(refusal: 0)
        }
    }

    deinit {
        if !isJoined.load(ordering: .acquiring) { pthread_detach(thread) }
    }

    /// Waits for the end of the thread, at most for `timeout`. True once it has; false, and it may be tried again, if it
    /// still runs. One thread at a time, never the thread itself.
    public func join(timeout: Duration) -> Bool {
        if isJoined.load(ordering: .acquiring) { return true }
        let deadline = MonotonicClock.time(nanoseconds: MonotonicClock.nanoseconds() + timeout.nanoseconds)
        guard linux_join_thread(thread, deadline) == 0 else { return false }
        isJoined.store(true, ordering: .releasing)
        return true
    }

    /// What the new thread is given; retained by it until its body has returned.
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func create(
        _ start: Start, stackSizeBytes: Int, priority: Int?
    ) -> Result<pthread_t, CreationError> {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, max(stackSizeBytes, 64 * 1024))
        if let priority {
            var parameters = sched_param(sched_priority: Int32(clamping: priority))
            pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
            pthread_attr_setschedpolicy(&attributes, SCHED_FIFO)
            let refusal = pthread_attr_setschedparam(&attributes, &parameters)
            if refusal != 0 { return .failure(CreationError(name: start.name, errno: refusal)) }
        }
        let mask = blockSignals()
        defer { restoreSignals(mask) }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(start)
        let failure = pthread_create(&thread, &attributes, runStart, argument.toOpaque())
        guard failure == 0 else {
            argument.release()
            return .failure(CreationError(name: start.name, errno: failure))
        }
        return .success(thread)
    }

    // SAFETY: the argument is the retained `Start` of `create`, taken exactly once.
    private static let runStart: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        // On the thread itself and first of all, so that the body never runs under the parent's name.
        _ = linux_name_this_thread(start.name)
        start.body()
        return nil
    }

    /// Blocks for this thread, and for those it makes, every signal but those that report the thread's own faults.
    private static func blockSignals() -> sigset_t {
        var blocked = sigset_t()
        var before = sigset_t()
        sigfillset(&blocked)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&blocked, fault) }
        pthread_sigmask(SIG_SETMASK, &blocked, &before)
        return before
    }

    private static func restoreSignals(_ mask: sigset_t) {
        var mask = mask
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}
