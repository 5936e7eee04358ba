/// What a client did wrong, or what cannot be done for it. It is told so in an `error` event, and its connection is closed:
/// what it sends after that cannot be trusted to mean what it should.
struct ClientError: Error, Equatable {
    enum Code: String, CaseIterable, Sendable {
        case badFrame = "bad-frame"
        case badData = "bad-data"
        case badAudio = "bad-audio"
        case unknownName = "unknown-name"
        case overloaded
        case tooManyConnections = "too-many-connections"
    }

    let code: Code
    /// For a person: what is wrong, and what would be right.
    let text: String

    init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }
}

/// What a stranger sent, short enough to be quoted back.
func shortened(_ text: String) -> String {
    text.count > 40 ? text.prefix(40) + "…" : text
}
