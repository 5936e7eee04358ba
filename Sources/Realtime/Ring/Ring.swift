import Synchronization

/// A bounded queue between exactly two threads: a fixed capacity, no lock, no allocation after `init`, wait-free on
/// both sides.
///
/// One thread holds the `Producer`, one the `Consumer`; each handle can be claimed once at a time and is given back
/// when it goes out of scope. A full ring refuses elements and counts them, it never overwrites and nobody waits: the
/// side that may not wait (the capture thread) decides what a refusal means. The capacity is exactly what was asked
/// for, any number from 1.
///
/// The class itself may be shared freely: what it shows to any thread (`capacity`, `refused`) is immutable or atomic.
public final class Ring<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The number of elements the ring holds when full.
    public let capacity: Int

    @usableFromInline let slots: UnsafeMutablePointer<Element>
    private let producerIsTaken = Atomic<Bool>(false)
    private let consumerIsTaken = Atomic<Bool>(false)

    // Positions count elements since the start and never wrap (2^63 samples are millions of years); the slot of
    // position p is p % capacity. Each index has its cache lines to itself (two of 64 bytes, since processors fetch
    // lines in pairs), so that one side's store does not take the line that the other side is working on.
    private let paddingBeforeTail = CacheLines()
    @usableFromInline let tail = Atomic<Int>(0)
    @usableFromInline let refusedCount = Atomic<Int>(0)
    private let paddingBeforeHead = CacheLines()
    @usableFromInline let head = Atomic<Int>(0)
    private let paddingAfterHead = CacheLines()

    /// Allocates the slots; nothing is allocated afterwards.
    public init(capacity: Int) {
        precondition(capacity >= 1, "a ring needs room for at least one element, not \(capacity)")
        self.capacity = capacity
        slots = .allocate(capacity: capacity)
    }

    deinit {
        // Elements are BitwiseCopyable: there is nothing to destroy in the slots.
        slots.deallocate()
    }

    /// How many elements found no room since the start. Any thread; may be stale by the time it is looked at.
    public var refused: Int { refusedCount.load(ordering: .relaxed) }

    /// How many elements wait to be read. Any thread; may be stale by the time it is looked at.
    public var waiting: Int { max(0, tail.load(ordering: .relaxed) - head.load(ordering: .relaxed)) }

    /// Claims the writing side. A second claim while a producer lives is a bug and stops the program.
    public func makeProducer() -> Producer {
        let wasTaken = producerIsTaken.exchange(true, ordering: .acquiring)
        precondition(!wasTaken, "the ring has a producer already; it can have one at a time")
        return Producer(ring: self)
    }

    /// Claims the reading side. A second claim while a consumer lives is a bug and stops the program.
    public func makeConsumer() -> Consumer {
        let wasTaken = consumerIsTaken.exchange(true, ordering: .acquiring)
        precondition(!wasTaken, "the ring has a consumer already; it can have one at a time")
        return Consumer(ring: self)
    }

    @usableFromInline func giveBackProducer() { producerIsTaken.store(false, ordering: .releasing) }

    @usableFromInline func giveBackConsumer() { consumerIsTaken.store(false, ordering: .releasing) }
}

/// Audio on its way from the capture thread to the listening thread: mono, 32-bit float.
public typealias SampleRing = Ring<Float>

/// 128 bytes that keep what stands before them and what stands after them on separate cache lines.
private struct CacheLines {
    private let bytes = InlineArray<16, UInt64>(repeating: 0)
}
