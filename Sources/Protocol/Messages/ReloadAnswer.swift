/// The answer to `reload`: it is done.
public struct ReloadAnswer: SocketMessage, Equatable {
    public static let type = "reload"

    /// What changed, in words for a person.
    public var summary: String

    public init(summary: String) {
        self.summary = summary
    }

    public func addFields(to line: inout JSONLine) {
        line.add("summary", summary)
    }
}
