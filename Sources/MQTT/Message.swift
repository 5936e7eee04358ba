import Protocol

/// What is published.
public struct Message: Sendable, Equatable {
    public let topic: String
    public let payload: [UInt8]
    /// Whether the broker gives it to those who subscribe later.
    public let isRetained: Bool
    /// Whether the broker must acknowledge it (QoS 1): it may then arrive twice. Otherwise it is sent once at most.
    public let isAcknowledged: Bool
    /// After which it is not sent any more.
    public let freshUntil: Timestamp?

    /// What holds until the next of its topic.
    package static func state(_ topic: String, _ text: String, isRetained: Bool = true) -> Message {
        Message(
            topic: topic, payload: Array(text.utf8), isRetained: isRetained, isAcknowledged: true, freshUntil: nil)
    }

    /// What happened, to be told however late.
    package static func kept(_ topic: String, _ text: String) -> Message {
        Message(topic: topic, payload: Array(text.utf8), isRetained: false, isAcknowledged: true, freshUntil: nil)
    }

    /// What happened, to be told once and soon or never: somebody acts on it.
    package static func fresh(_ topic: String, _ text: String, until end: Timestamp) -> Message {
        Message(topic: topic, payload: Array(text.utf8), isRetained: false, isAcknowledged: false, freshUntil: end)
    }
}
