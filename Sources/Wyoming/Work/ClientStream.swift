import NIOCore
import Protocol
import Realtime
import Synchronization
import Time

/// One client's stream between the two threads that know it: the event loop hands over what came, a worker hears it.
///
/// What waits is bounded by who hands it over, see ``isFull``.
final class ClientStream: Sendable {
    /// What is to be done, in the order in which it came.
    enum Job: Sendable {
        case begin(Vocabulary.Choice?, context: [String: JSONContent]?, timestamp: Double?)
        case audio([UInt8], PCMFormat, timestamp: Double?, arrived: Int64)
        /// The client says that the stream has ended; or, `isLast`, that nothing more comes at all.
        case end(isLast: Bool)

        var bytes: Int { if case .audio(let bytes, _, _, _) = self { bytes.count } else { 0 } }

        /// How long its audio is.
        var nanoseconds: Int64 {
            guard case .audio(let bytes, let format, _, _) = self else { return 0 }
            return Int64(bytes.count) * 1_000_000_000 / Int64(format.bytesPerSecond)
        }
    }

    /// What comes of it, told on the worker's thread.
    enum Outcome: Sendable {
        case tell(ServerEvent)
        /// All is heard, up to the end that was the last.
        case ended
        /// There is room again, after ``isFull``.
        case drained
    }

    private struct Waiting {
        var jobs = CircularBuffer<Job>()
        /// Of `jobs`, and of the one that is being done.
        var bytes = 0
        var nanoseconds: Int64 = 0
        var latestArrival: Int64 = 0
        /// Whether the worker knows of it, or is at it.
        var isQueued = false
        var isFull = false
        var isOver = false
    }

    /// So many seconds of a stream may wait, then no more is read from its client; between these bounds.
    private static let mostWaitingSeconds = 2
    private static let leastWaitingBytes = 32 * 1024
    private static let mostWaitingBytes = 512 * 1024
    private static let mostJobs = 1000

    let worker: Worker
    let outcome: @Sendable (Outcome) -> Void
    private let waiting = Mutex(Waiting())
    /// Whether more audio has come than time has passed: an upload, which those that live go before.
    let isAhead = Atomic<Bool>(false)

    // SAFETY: only the worker's thread touches it.
    nonisolated(unsafe) let words: WordStream
    nonisolated(unsafe) var pace: Pace

    init(worker: Worker, words: WordStream, outcome: @escaping @Sendable (Outcome) -> Void) {
        (self.worker, self.words, self.outcome) = (worker, words, outcome)
        pace = Pace(now: MonotonicClock.nanoseconds())
    }

    /// Hands over a job. False if so much waits that no more should be read; ``Outcome/drained`` follows.
    func add(_ job: Job) -> Bool {
        let (isNew, isFull) = waiting.withLock { waiting in
            guard !waiting.isOver else { return (false, false) }
            waiting.jobs.append(job)
            waiting.bytes += job.bytes
            waiting.nanoseconds += job.nanoseconds
            if case .audio(_, let format, _, let arrived) = job {
                waiting.latestArrival = arrived
                let wanted = Self.mostWaitingSeconds * format.bytesPerSecond
                let most = min(max(wanted, Self.leastWaitingBytes), Self.mostWaitingBytes)
                if waiting.bytes >= most { waiting.isFull = true }
            }
            // A flood of jobs without audio fills it too.
            if waiting.jobs.count >= Self.mostJobs { waiting.isFull = true }
            defer { waiting.isQueued = true }
            return (!waiting.isQueued, waiting.isFull)
        }
        if isNew { worker.queue(self) }
        return !isFull
    }

    /// Drops what waits, and takes no more. Any thread.
    func drop() {
        waiting.withLock { waiting in
            waiting.isOver = true
            waiting.jobs = []
            (waiting.bytes, waiting.nanoseconds) = (0, 0)
        }
    }

    /// How much audio waits, that which is just being heard included, and when the latest of it came. Any thread.
    var waitingAudio: (nanoseconds: Int64, latestArrival: Int64) {
        waiting.withLock { ($0.nanoseconds, $0.latestArrival) }
    }

    /// The next job. Worker only.
    func next() -> Job? { waiting.withLock { $0.jobs.popFirst() } }

    /// Whether another job waits after one that is done. Worker only.
    func finish(_ job: Job) -> Bool {
        let (hasMore, isDrained) = waiting.withLock { waiting in
            guard !waiting.isOver else {
                waiting.isQueued = false
                return (false, false)
            }
            waiting.bytes -= job.bytes
            waiting.nanoseconds -= job.nanoseconds
            let hasMore = !waiting.jobs.isEmpty
            waiting.isQueued = hasMore
            let isDrained = waiting.isFull && (!hasMore || waiting.bytes < Self.leastWaitingBytes / 2)
            if isDrained { waiting.isFull = false }
            return (hasMore, isDrained)
        }
        if isDrained { outcome(.drained) }
        return hasMore
    }
}
