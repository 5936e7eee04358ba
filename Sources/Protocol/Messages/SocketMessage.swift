/// An object that the daemon writes to the socket.
///
/// Reading one ignores fields that it does not know, so that a newer daemon can be read by an older program.
public protocol SocketMessage: Sendable, Decodable {
    /// The value of the field `type`.
    static var type: String { get }

    /// Adds every field but `type` and the `id` of a request, the most important first.
    func addFields(to line: inout JSONLine)
}

extension SocketMessage {
    /// The message as it stands on the socket; with `id`, as the answer to the request of that id.
    public func jsonLine(answering id: RequestID? = nil) -> JSONLine {
        var line = JSONLine(type: Self.type)
        line.add("id", id)
        addFields(to: &line)
        return line
    }
}
