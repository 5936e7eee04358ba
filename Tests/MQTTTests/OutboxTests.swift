import MQTT
import Protocol
import Testing

/// What waits for a broker.
struct OutboxTests {
    private let now = Timestamp(millisecondsSince1970: 1_000_000)

    private func event(_ number: Int) -> Message { .kept("a/keyword", "\(number)") }

    /// Sends what may be sent, and has it acknowledged.
    private func drain(_ outbox: inout Outbox) -> [String] {
        var sent: [String] = []
        while let message = outbox.next(now: now) {
            sent.append("\(message.topic) \(String(decoding: message.payload, as: UTF8.self))")
            outbox.hasSent(message, as: Int32(sent.count))
            outbox.hasBeenAcknowledged(Int32(sent.count))
        }
        return sent
    }

    @Test func `events are sent in order, after the states`() {
        var outbox = Outbox(missedTopic: "a/missed")
        _ = outbox.add(event(1))
        outbox.set(.state("a/state", "listening"))
        _ = outbox.add(event(2))
        #expect(drain(&outbox) == ["a/state listening", "a/keyword 1", "a/keyword 2"])
        #expect(outbox.isEmpty)
    }

    @Test func `of a state only the newest is kept, and sent once`() {
        var outbox = Outbox(missedTopic: "a/missed")
        for state in ["listening", "stalled", "muted"] { outbox.set(.state("a/state", state)) }
        #expect(drain(&outbox) == ["a/state muted"])
        outbox.set(.state("a/state", "muted"))
        #expect(drain(&outbox) == [])
        outbox.set(.state("a/state", "muted"), again: true)
        #expect(drain(&outbox) == ["a/state muted"])
    }

    @Test func `what was not acknowledged is sent again, before the rest, and so are the states`() {
        var outbox = Outbox(missedTopic: "a/missed")
        outbox.set(.state("a/state", "listening"))
        for number in 1...3 { _ = outbox.add(event(number)) }
        for number: Int32 in 1...3 { if let message = outbox.next(now: now) { outbox.hasSent(message, as: number) } }
        outbox.hasBeenAcknowledged(2)
        outbox.hasLostConnection()
        #expect(drain(&outbox) == ["a/state listening", "a/keyword 2", "a/keyword 3"])
    }

    @Test func `a full one gives up the oldest, counts them, and tells`() {
        var outbox = Outbox(missedTopic: "a/missed")
        let isFull = (1...Outbox.capacity + 3).map { outbox.add(event($0)) }
        #expect(isFull.filter { $0 }.count == 3 && outbox.waiting == Outbox.capacity)
        let sent = drain(&outbox)
        #expect(sent.first?.contains(#""count":3"#) == true && sent.first?.hasPrefix("a/missed ") == true)
        #expect(sent[1...] == (4...Outbox.capacity + 3).map { "a/keyword \($0)" }[...])
    }

    @Test func `what must be fresh is sent in time or never, once at most, and goes first where there is no room`() {
        var outbox = Outbox(missedTopic: "a/missed")
        let late = Timestamp(millisecondsSince1970: now.millisecondsSince1970 - 1)
        _ = outbox.add(.fresh("a/event", "late", until: late))
        _ = outbox.add(.fresh("a/event", "in time", until: now))
        if let message = outbox.next(now: now) { outbox.hasSent(message, as: 1) }
        outbox.hasLostConnection()
        #expect(outbox.isEmpty)
        _ = outbox.add(.fresh("a/event", "in time", until: now))
        let isFull = (1...Outbox.capacity).map { outbox.add(event($0)) }
        #expect(!isFull.contains(true))
        #expect(drain(&outbox) == (1...Outbox.capacity).map { "a/keyword \($0)" })
    }

    @Test func `no more than a window waits for its acknowledgement`() {
        var outbox = Outbox(missedTopic: "a/missed")
        for number in 1...100 { _ = outbox.add(event(number)) }
        var count: Int32 = 0
        while let message = outbox.next(now: now) {
            count += 1
            outbox.hasSent(message, as: count)
        }
        #expect(count == Outbox.window)
        outbox.hasBeenAcknowledged(1)
        #expect(outbox.next(now: now) != nil)
    }
}
