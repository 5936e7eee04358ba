import Protocol

/// The data of one kind of event. Every field may be missing; what must be there is checked by who needs it.
protocol EventFields: Decodable {
    /// How the data may look, for who got it wrong.
    static var example: String { get }

    init()

    /// These fields, and those of the other where these are missing.
    func over(_ other: Self) -> Self
}

struct DetectFields: EventFields {
    var names: [String]?
    var context: JSONContent?

    static let example = #"{"names":["alexa"]} or {"names":null}"#

    func over(_ other: Self) -> Self { Self(names: names ?? other.names, context: context ?? other.context) }
}

struct AudioFields: EventFields {
    var rate: Int?
    var width: Int?
    var channels: Int?
    var timestamp: Double?

    static let example = #"{"rate":16000,"width":2,"channels":1,"timestamp":0}"#

    func over(_ other: Self) -> Self {
        Self(
            rate: rate ?? other.rate, width: width ?? other.width, channels: channels ?? other.channels,
            timestamp: timestamp ?? other.timestamp)
    }
}

struct PingFields: EventFields {
    var text: String?

    static let example = #"{"text":"hello"}"#

    func over(_ other: Self) -> Self { Self(text: text ?? other.text) }
}
