import Synchronization

extension Ring {
    /// The reading side of a ring. One thread at a time; it can be moved to another thread, not copied.
    ///
    /// Every method is wait-free and allocates nothing. Meanwhile the producer may only add elements: what is
    /// available here can grow at any moment, it never shrinks but by this side's own reads.
    public struct Consumer: ~Copyable, @unchecked Sendable {
        @usableFromInline let ring: Ring

        /// Elements read since the ring was made: the position of the next element to be read.
        @inlinable public var position: Int { index }

        @usableFromInline var index: Int

        // The producer's position as last seen; read anew only when what was seen does not suffice.
        @usableFromInline var tailSeen: Int

        init(ring: Ring) {
            self.ring = ring
            index = ring.head.load(ordering: .relaxed)
            tailSeen = ring.tail.load(ordering: .acquiring)
        }

        deinit { ring.giveBackConsumer() }

        /// How many elements can surely be read now. The producer can only make it more.
        ///
        /// Everything the producer did before it wrote those elements is visible once this has returned.
        @inlinable public mutating func available() -> Int {
            tailSeen = ring.tail.load(ordering: .acquiring)
            return tailSeen - index
        }

        /// Moves as many elements as there are, up to the size of `buffer`, to its beginning and returns how many.
        @inlinable public mutating func read(into buffer: UnsafeMutableBufferPointer<Element>) -> Int {
            var waiting = tailSeen - index
            if waiting < buffer.count { waiting = available() }
            let count = min(buffer.count, waiting)
            guard count > 0, let target = buffer.baseAddress else { return 0 }
            let start = index % ring.capacity
            let untilEnd = min(count, ring.capacity - start)
            // SAFETY: slots position..<tailSeen were published by the producer's releasing store of `tail`, and it
            // does not touch them again before `head` is stored; `untilEnd` stops at the last slot.
            target.initialize(from: ring.slots + start, count: untilEnd)
            (target + untilEnd).initialize(from: ring.slots, count: count - untilEnd)
            index += count
            ring.head.store(index, ordering: .releasing)
            return count
        }

        /// Takes the oldest element, or nil if the ring is empty.
        @inlinable public mutating func pop() -> Element? {
            guard tailSeen > index || available() > 0 else { return nil }
            // SAFETY: as in `read`: the slot of `position` was published and stays untouched until `head` is stored.
            let element = (ring.slots + index % ring.capacity).pointee
            index += 1
            ring.head.store(index, ordering: .releasing)
            return element
        }
    }
}
