import Synchronization
import Time

/// Hands items to a place that may be slow, one after the other and in order, on a thread of its own, so that nobody else
/// waits for it: a log that nobody reads, a disk that hangs, a service manager that is busy.
///
/// Bounded: where an item does not fit beside those that wait, the oldest that may be dropped make room, and are counted.
/// The thread lives as long as the process; so must the writer.
public final class BackgroundWriter<Item: Sendable>: Sendable {
    private struct Waiting {
        var items: [Item] = []
        var size = 0
        /// Dropped since the last one was handed over.
        var dropped = 0
    }

    private let capacity: Int
    private let size: @Sendable (Item) -> Int
    private let mayDrop: @Sendable (Item) -> Bool
    private let waiting = Mutex(Waiting())
    private let unwritten = Atomic<Int>(0)
    private let droppedCount = Atomic<Int>(0)
    private let ready = Semaphore()

    /// Starts the thread. Where there can be none, every item is dropped in its turn.
    ///
    /// - Parameters:
    ///   - name: of the thread, at most 15 bytes.
    ///   - capacity: how much may wait, in units of `size`; an item that is larger than all of it is dropped at once.
    ///   - size: of an item; 1 unless given.
    ///   - mayDrop: whether an item may make room for a later one while others may not.
    ///   - write: takes an item, and how many before it were dropped since the last one; may wait for as long as it likes.
    public init(
        name: String, capacity: Int, size: @escaping @Sendable (Item) -> Int = { _ in 1 },
        mayDrop: @escaping @Sendable (Item) -> Bool = { _ in true },
        write: @escaping @Sendable (_ item: Item, _ droppedBefore: Int) -> Void
    ) {
        (self.capacity, self.size, self.mayDrop) = (capacity, size, mayDrop)
        _ = try? RealtimeThread(name: name) { [self] in
            while true {
                ready.wait()
                if let next = take() { write(next.item, next.droppedBefore) }
                unwritten.subtract(1, ordering: .releasing)
            }
        }
    }

    /// Adds an item behind those that wait. Any thread; never waits for the place.
    public func add(_ item: Item) {
        let itemSize = size(item)
        waiting.withLock { waiting in
            guard itemSize <= capacity else { return drop(&waiting) }
            while waiting.size + itemSize > capacity, !waiting.items.isEmpty {
                let victim = waiting.items.firstIndex(where: mayDrop) ?? 0
                waiting.size -= size(waiting.items.remove(at: victim))
                drop(&waiting)
            }
            waiting.items.append(item)
            waiting.size += itemSize
        }
        unwritten.add(1, ordering: .relaxed)
        ready.post()
    }

    /// How many were dropped so far. Any thread.
    public var dropped: Int { droppedCount.load(ordering: .relaxed) }

    /// Whether everything that was added is written, or was dropped. Any thread.
    public var isIdle: Bool { unwritten.load(ordering: .acquiring) == 0 }

    /// Waits until everything that was added is written, at most for `timeout`; returns whether it is. Any thread but the
    /// writer's.
    @discardableResult
    public func flush(within timeout: Duration) -> Bool {
        let deadline = MonotonicClock.nanoseconds() + timeout.nanoseconds
        while !isIdle {
            guard MonotonicClock.nanoseconds() < deadline else { return false }
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        return true
    }

    private func drop(_ waiting: inout Waiting) {
        waiting.dropped += 1
        droppedCount.add(1, ordering: .relaxed)
    }

    /// The oldest that waits; nil for each that was dropped.
    private func take() -> (item: Item, droppedBefore: Int)? {
        waiting.withLock { waiting in
            guard !waiting.items.isEmpty else { return nil }
            let item = waiting.items.removeFirst()
            waiting.size -= size(item)
            defer { waiting.dropped = 0 }
            return (item, waiting.dropped)
        }
    }
}
