import MQTT
import ServiceSettings
import Testing

/// When a listener connects again, and as what.
struct ReconnectingTests {
    private func access() throws -> BrokerAccess {
        try BrokerAccess(Settings().mqtt, name: "kitchen", environment: [:])
    }

    @Test func `pauses grow up to a minute, and begin anew after a good connection`() {
        var reconnecting = Reconnecting()
        var pauses: [Duration] = []
        for _ in 0..<10 {
            pauses.append(
                reconnecting.pause(after: .failed("x"), wasAccepted: false, lasted: .zero, chance: 1))
        }
        #expect(pauses.first == .milliseconds(500) && pauses.last == .seconds(60) && pauses == pauses.sorted())
        let after = reconnecting.pause(after: .failed("x"), wasAccepted: true, lasted: .seconds(11), chance: 1)
        #expect(after == .milliseconds(500))
    }

    @Test func `a reason is told once, until it is another`() throws {
        var reconnecting = Reconnecting()
        var told: [String] = []
        for reason in ["a", "a", "b", "a"] {
            _ = reconnecting.pause(after: .failed(reason), wasAccepted: false, lasted: .zero)
            if let problem = reconnecting.newProblem(try access()) { told.append(problem) }
        }
        #expect(told.map { $0.suffix(1) } == ["a", "b", "a"])
    }

    @Test func `who is cut off again and again as soon as it is connected stands by until the other leaves`() throws {
        var reconnecting = Reconnecting()
        for lasted in [100, 1, 2] {
            #expect(reconnecting.role == .listener)
            _ = reconnecting.pause(after: .failed("closed"), wasAccepted: true, lasted: .seconds(lasted))
        }
        #expect(reconnecting.role == .standby)
        #expect(try #require(reconnecting.newProblem(try access())).contains("mqtt.name"))
        _ = reconnecting.pause(after: .failed("lost"), wasAccepted: true, lasted: .seconds(100))
        #expect(reconnecting.role == .standby)
        _ = reconnecting.pause(after: .isFree, wasAccepted: true, lasted: .seconds(100))
        #expect(reconnecting.role == .listener)
    }

    @Test func `connections that are refused, or lost after a while, are nobody else's doing`() {
        var reconnecting = Reconnecting()
        for _ in 0..<10 {
            _ = reconnecting.pause(after: .failed("refused"), wasAccepted: false, lasted: .seconds(1))
            _ = reconnecting.pause(after: .failed("lost"), wasAccepted: true, lasted: .seconds(60))
        }
        #expect(reconnecting.role == .listener)
    }
}
