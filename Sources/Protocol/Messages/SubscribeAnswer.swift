/// The answer to `subscribe`: what this reader gets from now on.
public struct SubscribeAnswer: SocketMessage, Equatable {
    public static let type = "subscribe"

    /// Names of the types, sorted.
    public var types: [String]

    public init(types: [String]) {
        self.types = types
    }

    public func addFields(to line: inout JSONLine) {
        line.add("types", types)
    }
}
