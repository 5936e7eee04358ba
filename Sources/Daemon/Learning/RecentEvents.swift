import Listening
import Protocol
import Synchronization

/// The last keyword events of this run, and, where marks are to be kept with their sound, what was heard up to each decision.
/// Any thread.
final class RecentEvents: Sendable {
    struct Entry: Sendable {
        let event: KeywordEvent
        /// 16 kHz; empty where no sound is kept.
        let samples: [Int16]
        /// The sample behind the last of them, counted as the stream's are.
        let end: UInt64
    }

    /// So many are remembered: 6 MB of sound.
    private static let most = 64
    /// What both networks look at, and what the decision waits for.
    static let seconds = 3

    private let entries = Mutex<[Entry]>([])

    /// - Parameter samples: as ``Entry`` has them.
    func add(_ event: KeywordEvent, _ samples: [Int16], end: UInt64) {
        entries.withLock { entries in
            if entries.count == Self.most { entries.removeFirst() }
            entries.append(Entry(event: event, samples: samples, end: end))
        }
    }

    /// Nil means the last one.
    func entry(ofEvent id: UInt64?) -> Entry? {
        entries.withLock { entries in entries.last { id == nil || $0.event.id == id } }
    }
}
