import ServiceSettings
import Testing

@testable import MQTT

/// When a listener connects again, and as what.
struct ReconnectingTests {
    private func access() throws -> BrokerAccess { try BrokerAccess(Settings().mqtt, name: "kitchen", environment: [:]) }

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

    @Test func `who loses the connection to another of its name stands by until that one leaves`() throws {
        var reconnecting = Reconnecting()
        _ = reconnecting.pause(after: .takenOver, wasAccepted: true, lasted: .seconds(1))
        #expect(reconnecting.role == .standby)
        #expect(try #require(reconnecting.newProblem(try access())).contains("mqtt.name"))
        _ = reconnecting.pause(after: .failed("lost"), wasAccepted: true, lasted: .seconds(100))
        #expect(reconnecting.role == .standby)
        _ = reconnecting.pause(after: .isFree, wasAccepted: true, lasted: .seconds(100))
        #expect(reconnecting.role == .listener)
    }

    @Test func `a broker of MQTT 3 is spoken to in its version, and connections closed again and again are another's doing`() {
        var reconnecting = Reconnecting()
        #expect(reconnecting.pause(after: .needsOlderProtocol, wasAccepted: false, lasted: .zero) == .zero)
        #expect(reconnecting.version == .three)
        for _ in 0..<3 {
            #expect(reconnecting.role == .listener)
            _ = reconnecting.pause(after: .failed("closed"), wasAccepted: true, lasted: .seconds(1))
        }
        #expect(reconnecting.role == .standby)
    }
}
