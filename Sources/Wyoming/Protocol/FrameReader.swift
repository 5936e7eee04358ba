import FoundationEssentials
import NIOCore

/// Cuts what a client sends into frames: a line of JSON, then so many bytes of data (JSON too), then so many of payload.
///
/// A payload is handed on as it comes, so that its length costs no memory; every other length is bounded. After an error
/// nothing that follows can be trusted to be a frame.
struct FrameReader {
    enum Piece: Equatable {
        /// A frame begins; its payload follows in pieces, if it has one.
        case head(FrameHead)
        /// The next part of the payload of the latest head.
        case payload([UInt8])
    }

    /// The protocol's own clients read no longer line.
    static let longestLineBytes = 64 * 1024
    static let mostDataBytes = 64 * 1024
    static let mostPayloadBytes = 64 << 20

    private var buffer = ByteBuffer()
    /// Readable bytes known to hold no line feed, so that a line that comes byte by byte is not searched anew each time.
    private var searchedBytes = 0
    /// The frame whose data has not all come.
    private var line: FrameLine?
    private var payloadBytesLeft = 0
    /// Clients send the same line again and again, with other data: it is understood once.
    private var latest: (bytes: [UInt8], line: FrameLine)?

    /// Whether a frame has begun and not ended.
    var isInFrame: Bool { buffer.readableBytes > 0 || line != nil || payloadBytesLeft > 0 }

    mutating func append(_ bytes: ByteBuffer) {
        guard buffer.readableBytes > 0 else {
            buffer = bytes
            return
        }
        var bytes = bytes
        buffer.discardReadBytes()
        buffer.writeBuffer(&bytes)
    }

    /// The next piece; nil until more bytes come.
    mutating func next() throws(ClientError) -> Piece? {
        if payloadBytesLeft > 0 {
            let count = min(payloadBytesLeft, buffer.readableBytes)
            guard count > 0, let bytes = buffer.readBytes(length: count) else { return nil }
            payloadBytesLeft -= count
            return .payload(bytes)
        }
        if line == nil { line = try nextLine() }
        guard let line, buffer.readableBytes >= line.dataBytes, let data = buffer.readBytes(length: line.dataBytes)
        else { return nil }
        self.line = nil
        payloadBytesLeft = line.payloadBytes
        return .head(FrameHead(line: line, data: data))
    }

    private mutating func nextLine() throws(ClientError) -> FrameLine? {
        let view = buffer.readableBytesView
        guard let end = view[view.startIndex.advanced(by: searchedBytes)...].firstIndex(of: UInt8(ascii: "\n")) else {
            searchedBytes = view.count
            guard searchedBytes <= Self.longestLineBytes else { throw Self.tooLong }
            return nil
        }
        let count = end - view.startIndex
        guard count <= Self.longestLineBytes, let bytes = buffer.readBytes(length: count) else { throw Self.tooLong }
        buffer.moveReaderIndex(forwardBy: 1)
        searchedBytes = 0
        if let latest, latest.bytes == bytes { return latest.line }
        let line = try FrameLine(bytes)
        latest = line.inlineData == nil ? (bytes, line) : nil
        return line
    }

    private static var tooLong: ClientError {
        ClientError(
            .badFrame, "a line is longer than \(longestLineBytes) bytes; put what is long into the data after it")
    }
}

/// The line with which a frame begins.
struct FrameLine: Equatable {
    let type: String
    let dataBytes: Int
    let payloadBytes: Int
    /// The line itself, where it has data in it.
    let inlineData: [UInt8]?

    init(_ bytes: [UInt8]) throws(ClientError) {
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch {
            throw ClientError(
                .badFrame, "a line is no JSON object with a type; a frame begins like {\"type\":\"describe\"}")
        }
        type = content.type
        dataBytes = try Self.length("data_length", content.dataLength, FrameReader.mostDataBytes)
        payloadBytes = try Self.length("payload_length", content.payloadLength, FrameReader.mostPayloadBytes)
        inlineData = content.hasData ? bytes : nil
    }

    private static func length(_ name: String, _ value: Int?, _ most: Int) throws(ClientError) -> Int {
        let value = value ?? 0
        guard (0...most).contains(value) else {
            throw ClientError(.badFrame, "\(name) is \(value), must be from 0 to \(most)")
        }
        return value
    }

    private struct Content: Decodable {
        let type: String
        let dataLength: Int?
        let payloadLength: Int?
        let hasData: Bool

        private enum CodingKeys: String, CodingKey {
            case type, data
            case dataLength = "data_length"
            case payloadLength = "payload_length"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(String.self, forKey: .type)
            dataLength = try container.decodeIfPresent(Int.self, forKey: .dataLength)
            payloadLength = try container.decodeIfPresent(Int.self, forKey: .payloadLength)
            hasData = try container.contains(.data) && !container.decodeNil(forKey: .data)
        }
    }
}

/// What a frame says before its payload.
struct FrameHead: Equatable {
    let line: FrameLine
    let data: [UInt8]

    /// The fields of the data: those after the line go before those in it.
    func fields<Fields: EventFields>(_: Fields.Type) throws(ClientError) -> Fields {
        do {
            let inline = try line.inlineData.map {
                try JSONDecoder().decode(Inline<Fields>.self, from: Data($0)).data
            }
            guard !data.isEmpty else { return inline ?? Fields() }
            let fields = try JSONDecoder().decode(Fields.self, from: Data(data))
            return inline.map { fields.over($0) } ?? fields
        } catch {
            throw ClientError(.badData, "the data of \(line.type) is not JSON as it should be: \(Fields.example)")
        }
    }

    private struct Inline<Fields: EventFields>: Decodable { let data: Fields }
}
