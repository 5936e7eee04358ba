import Synchronization

/// The last seconds of what was heard, by sample position, for readers who want an event's audio.
///
/// Written by the thread that hears, read by the socket's; each holds the lock for the copy of a piece, some microseconds.
/// What a gap lost is silence here, so that positions stay exact. Memory is settled by the capacity.
package final class SampleHistory: Sendable {
    /// Samples of the history, or why there are none.
    package enum Piece: Sendable {
        case samples([Int16])
        /// They were not heard yet.
        case notYet
        /// They are not there any more; the oldest that are.
        case forgotten(oldest: UInt64)
        /// None are kept.
        case off
    }

    private struct Storage: ~Copyable {
        let samples: UnsafeMutableBufferPointer<Int16>
        /// Where the next sample goes, counted like those of detections.
        var end: UInt64 = 0
        /// The first position that ever was, or that followed a gap longer than the capacity.
        var begin: UInt64 = 0

        init(capacity: Int) {
            samples = .allocate(capacity: capacity)
            samples.initialize(repeating: 0)
        }

        deinit { samples.deallocate() }

        mutating func append(_ value: Int16) {
            samples[Int(end % UInt64(samples.count))] = value
            end += 1
        }
    }

    private let capacity: Int
    private let storage: Mutex<Storage>

    /// - Parameter capacity: samples at 16 kHz; 0 keeps nothing.
    package init(capacity: Int) {
        self.capacity = capacity
        storage = Mutex(Storage(capacity: max(1, capacity)))
    }

    /// Adds samples that begin at a position, not before the end of those that were added. On the thread that hears only; allocates
    /// nothing.
    func append(_ new: UnsafeBufferPointer<Float>, at position: UInt64) {
        guard capacity > 0 else { return }
        storage.withLock { storage in
            if position > storage.end {
                if position - storage.end >= UInt64(capacity) { (storage.begin, storage.end) = (position, position) }
                while storage.end < position { storage.append(0) }
            }
            for sample in new { storage.append(Int16(clamping: Int((sample * 32768).rounded()))) }
        }
    }

    /// Samples from a position on, at most `count`, as far as they are there.
    package func piece(from position: UInt64, count: Int) -> Piece {
        guard capacity > 0 else { return .off }
        return storage.withLock { storage in
            let oldest = max(storage.begin, storage.end - min(storage.end, UInt64(capacity)))
            if position < oldest { return .forgotten(oldest: oldest) }
            guard position < storage.end else { return .notYet }
            let last = min(storage.end, position + UInt64(count))
            return .samples((position..<last).map { storage.samples[Int($0 % UInt64(capacity))] })
        }
    }
}
