import Protocol

/// What is to be published, and what of it waits for the broker's acknowledgement.
///
/// Bounded: of states the newest of each topic is kept, of events the newest ``capacity``; what had to go is counted and
/// told to everybody who gets the others.
package struct Outbox {
    /// Events that may wait.
    package static let capacity = 256
    /// Messages that may wait for their acknowledgement at once.
    package static let window = 16

    /// Where it is told how many events are missing, in front of those that are not.
    private let missedTopic: String
    private var states: [Message] = []
    /// Topics of states that are to be sent, oldest first.
    private var changed: [String] = []
    private var events: [Message] = []
    /// Sent and not acknowledged: by number.
    private var sent: [(number: Int32, event: Message?)] = []
    /// Events that had to go and were not told of.
    package private(set) var missed = 0

    package init(missedTopic: String) { self.missedTopic = missedTopic }

    /// How many events wait, or are not acknowledged.
    package var waiting: Int { events.count + sent.count { $0.event != nil } }
    /// Whether everything is with the broker.
    package var isEmpty: Bool { changed.isEmpty && events.isEmpty && sent.isEmpty && missed == 0 }

    /// Takes the newest of a topic, in place of the one before.
    ///
    /// - Parameter again: to be sent even if it is what the broker has.
    package mutating func set(_ state: Message, again: Bool = false) {
        if let index = states.firstIndex(where: { $0.topic == state.topic }) {
            guard again || states[index] != state else { return }
            states[index] = state
        } else {
            states.append(state)
        }
        if !changed.contains(state.topic) { changed.append(state.topic) }
    }

    /// Takes an event behind those that wait. Returns whether an older one had to go.
    package mutating func add(_ event: Message) -> Bool {
        events.append(event)
        guard waiting > Self.capacity else { return false }
        // What will not be sent in time anyway goes first, and nobody misses it.
        let fresh = events.firstIndex { $0.freshUntil != nil }
        events.remove(at: fresh ?? 0)
        if fresh == nil { missed += 1 }
        return fresh == nil
    }

    /// Every state is to be sent again, in the order in which they first came: for somebody who has forgotten them.
    package mutating func renew() { changed = states.map(\.topic) }

    /// What is to be sent next; nil if nothing is, or too much waits for its acknowledgement. What is no longer fresh is
    /// left out.
    package mutating func next(now: Timestamp) -> Message? {
        guard sent.count < Self.window else { return nil }
        if !changed.isEmpty {
            let topic = changed.removeFirst()
            return states.first { $0.topic == topic }
        }
        if missed > 0 {
            var line = JSONLine(type: "missed")
            line.add("count", missed)
            line.add("reason", "the broker was away for too long")
            missed = 0
            return .kept(missedTopic, line.text)
        }
        while !events.isEmpty {
            let event = events.removeFirst()
            if event.freshUntil.map({ now <= $0 }) ?? true { return event }
        }
        return nil
    }

    /// What ``next(now:)`` gave is sent, under a number by which it will be acknowledged.
    package mutating func hasSent(_ message: Message, as number: Int32) {
        guard message.isAcknowledged else { return }
        let isState = states.contains { $0.topic == message.topic }
        sent.append((number, isState ? nil : message))
    }

    package mutating func hasBeenAcknowledged(_ number: Int32) { sent.removeAll { $0.number == number } }

    /// The connection is lost: what was not acknowledged is sent again over the next one, and so is every state.
    package mutating func hasLostConnection() {
        events = sent.compactMap(\.event) + events
        sent = []
        renew()
    }
}
