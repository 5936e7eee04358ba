import NIOCore
import Protocol

/// The last keyword events, ready to be sent again.
struct EventHistory {
    private let capacity: Int
    private var entries: [(id: UInt64, startSample: UInt64?, line: ByteBuffer)] = []

    /// Remembers at most `capacity` events and forgets the oldest first.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Id of the newest event; 0 before there was one.
    private(set) var newestID: UInt64 = 0

    /// Id of the oldest event that can still be replayed; nil when there is none.
    var oldestID: UInt64? { entries.first?.id }

    /// - Parameter isOfThisRun: whether its samples are counted from this start of the daemon.
    mutating func append(_ event: KeywordEvent, line: ByteBuffer, isOfThisRun: Bool = true) {
        newestID = event.id
        guard capacity > 0 else { return }
        // One memory move of a few hundred small entries each event: rarer and cheaper than anything around it.
        if entries.count == capacity { entries.removeFirst() }
        entries.append((event.id, isOfThisRun ? event.startSample : nil, line))
    }

    /// Where the word of an event began; nil if it is not known, or not any more.
    func startSample(ofEvent id: UInt64) -> UInt64? { entries.last { $0.id == id }?.startSample }

    /// Lines of the events with a greater id, oldest first.
    func lines(since id: UInt64) -> [ByteBuffer] {
        entries.filter { $0.id > id }.map(\.line)
    }
}
