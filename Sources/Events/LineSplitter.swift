import NIOCore

/// Cuts a stream of bytes into lines, and gives up on a line that is too long before it has grown large.
struct LineSplitter {
    enum Piece: Equatable {
        /// A line without its line feed, and without a carriage return before that.
        case line([UInt8])
        /// The line exceeds the limit. Nothing that follows can be trusted to be a line.
        case tooLong
    }

    private let limitBytes: Int
    private var buffer = ByteBuffer()
    /// Readable bytes known to hold no line feed, so that a line that comes byte by byte is not searched anew each
    /// time.
    private var searchedBytes = 0

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        buffer.writeBuffer(&bytes)
    }

    /// Whether ``next()`` has something to give.
    mutating func hasPiece() -> Bool {
        lineBytes() != nil || searchedBytes > limitBytes
    }

    /// The next line, or nil until more bytes come.
    mutating func next() -> Piece? {
        guard let count = lineBytes() else { return searchedBytes > limitBytes ? .tooLong : nil }
        guard count <= limitBytes, var line = buffer.readBytes(length: count) else { return .tooLong }
        buffer.moveReaderIndex(forwardBy: 1)
        buffer.discardReadBytes()
        searchedBytes = 0
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return .line(line)
    }

    /// The bytes after the last line feed, once nothing more will come; nil when there are none.
    mutating func rest() -> Piece? {
        guard buffer.readableBytes > 0 else { return nil }
        buffer.writeInteger(UInt8(ascii: "\n"))
        return next()
    }

    private mutating func lineBytes() -> Int? {
        let view = buffer.readableBytesView
        let start = view.index(view.startIndex, offsetBy: searchedBytes)
        guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            searchedBytes = view.count
            return nil
        }
        return end - view.startIndex
    }
}
