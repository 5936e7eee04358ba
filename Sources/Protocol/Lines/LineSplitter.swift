/// Cuts a stream of bytes into lines, and gives up on a line that is too long before it has grown large.
package struct LineSplitter {
    package enum Piece: Equatable {
        /// A line without its line feed, and without a carriage return before that.
        case line([UInt8])
        /// The line exceeds the limit. Nothing that follows can be trusted to be a line.
        case tooLong
    }

    private let limitBytes: Int
    private var bytes: [UInt8] = []
    /// Where the next line begins.
    private var start = 0
    /// Bytes of that line known to hold no line feed, so that one that comes byte by byte is not searched anew each time.
    private var searchedBytes = 0

    package init(limitBytes: Int) { self.limitBytes = limitBytes }

    package mutating func append(_ new: some Collection<UInt8>) {
        bytes.removeSubrange(..<start)
        start = 0
        bytes.append(contentsOf: new)
    }

    /// Whether ``next()`` has something to give.
    package mutating func hasPiece() -> Bool { lineBytes() != nil || searchedBytes > limitBytes }

    /// The next line, or nil until more bytes come.
    package mutating func next() -> Piece? {
        guard let count = lineBytes() else { return searchedBytes > limitBytes ? .tooLong : nil }
        guard count <= limitBytes else { return .tooLong }
        var line = bytes[start..<start + count]
        start += count + 1
        searchedBytes = 0
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return .line(Array(line))
    }

    /// The bytes after the last line feed, once nothing more will come; nil when there are none.
    package mutating func rest() -> Piece? {
        guard start < bytes.count else { return nil }
        bytes.append(UInt8(ascii: "\n"))
        return next()
    }

    private mutating func lineBytes() -> Int? {
        guard let end = bytes[(start + searchedBytes)...].firstIndex(of: UInt8(ascii: "\n")) else {
            searchedBytes = bytes.count - start
            return nil
        }
        return end - start
    }
}
