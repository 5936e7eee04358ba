import Synchronization

extension Ring {
    /// The writing side of a ring. One thread at a time; it can be moved to another thread, not copied.
    ///
    /// Every method is wait-free and allocates nothing. Meanwhile the consumer may only take elements out: the room
    /// seen here can grow at any moment, it never shrinks but by this side's own writes.
    public struct Producer: ~Copyable, @unchecked Sendable {
        @usableFromInline let ring: Ring

        /// Elements written since the ring was made: the position that the next element will have.
        @inlinable public var position: Int { index }

        @usableFromInline var index: Int

        // The consumer's position as last seen. It is read anew only when the ring looks too full: while there is
        // room, the two sides touch no common cache line but the one that publishes.
        @usableFromInline var headSeen: Int

        init(ring: Ring) {
            self.ring = ring
            index = ring.tail.load(ordering: .relaxed)
            headSeen = ring.head.load(ordering: .acquiring)
        }

        deinit { ring.giveBackProducer() }

        /// How many elements surely fit now. The consumer can only make it more.
        @inlinable public mutating func space() -> Int {
            headSeen = ring.head.load(ordering: .acquiring)
            return ring.capacity - (index - headSeen)
        }

        /// Writes as many elements as fit, in order, and returns how many. The rest is refused and counted.
        ///
        /// The consumer sees them all at once, when this returns or a moment before.
        @inlinable public mutating func write(_ elements: UnsafeBufferPointer<Element>) -> Int {
            var room = ring.capacity - (index - headSeen)
            if room < elements.count { room = space() }
            let count = min(elements.count, room)
            if count < elements.count { refuse(elements.count - count) }
            guard count > 0, let source = elements.baseAddress else { return 0 }
            let start = index % ring.capacity
            let untilEnd = min(count, ring.capacity - start)
            // SAFETY: the consumer's releasing store of `head` gave back every slot from position on up to headSeen +
            // capacity, and `count` reaches no further; `untilEnd` stops at the last slot and the remainder starts
            // again at the first.
            (ring.slots + start).initialize(from: source, count: untilEnd)
            ring.slots.initialize(from: source + untilEnd, count: count - untilEnd)
            index += count
            ring.tail.store(index, ordering: .releasing)
            return count
        }

        /// Writes one element; false, and one more refusal, if the ring is full.
        @inlinable public mutating func push(_ element: Element) -> Bool {
            guard index - headSeen < ring.capacity || space() > 0 else {
                refuse(1)
                return false
            }
            // SAFETY: as in `write`: the slot of `position` belongs to this side until `tail` is stored.
            (ring.slots + index % ring.capacity).initialize(to: element)
            index += 1
            ring.tail.store(index, ordering: .releasing)
            return true
        }

        /// Counts elements that the owner of this side drops without trying to write them.
        @inlinable public func refuse(_ count: Int) {
            ring.refusedCount.wrappingAdd(count, ordering: .relaxed)
        }
    }
}
