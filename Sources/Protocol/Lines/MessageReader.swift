/// Reads messages out of the bytes that a daemon sends, however they are cut.
package struct MessageReader {
    private static let limitBytes = 1 << 20
    private var lines = LineSplitter(limitBytes: limitBytes)

    package init() {}

    package mutating func append(_ bytes: some Collection<UInt8>) { lines.append(bytes) }

    /// The next message, or nil until more bytes come. After an error nothing that follows can be trusted.
    package mutating func next() throws(UnreadableLine) -> ReceivedMessage? {
        switch lines.next() {
        case nil: nil
        case .line(let bytes): try ReceivedMessage(line: bytes)
        case .tooLong: throw UnreadableLine(start: "a line of more than 1 MiB")
        }
    }
}

/// A line that is no message of this protocol.
public struct UnreadableLine: Error, Equatable {
    /// How it begins.
    public let start: String
}
