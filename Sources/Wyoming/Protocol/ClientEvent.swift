import Protocol

/// What a client says in a frame, checked.
enum ClientEvent: Equatable {
    case describe
    /// Empty names: any.
    case detect(names: [String], context: [String: JSONContent])
    /// A stream begins; its format, where it is told here.
    case audioStart(PCMFormat?, timestamp: Double?)
    /// So much of the stream follows as payload; the format is nil where it is that of `audio-start`.
    case audioChunk(PCMFormat?, timestamp: Double?, bytes: Int)
    case audioStop
    case ping(text: String?)
    /// Nothing that is known here: it is dropped, payload and all.
    case other

    private static let mostContextBytes = 4096
    /// What JSON carries exactly; whatever is computed of it has room.
    private static let timestampRange = -0x1p53...0x1p53

    init(_ head: FrameHead) throws(ClientError) {
        switch head.line.type {
        case "describe": self = .describe
        case "detect":
            let fields = try head.fields(DetectFields.self)
            self = .detect(names: fields.names ?? [], context: try Self.context(fields.context))
        case "audio-start":
            let fields = try head.fields(AudioFields.self)
            self = .audioStart(try PCMFormat(fields), timestamp: try Self.timestamp(fields))
        case "audio-chunk":
            let plain = head.line.inlineData == nil ? AudioFields(plain: head.data) : nil
            let fields = if let plain { plain } else { try head.fields(AudioFields.self) }
            self = .audioChunk(
                try PCMFormat(fields), timestamp: try Self.timestamp(fields), bytes: head.line.payloadBytes)
        case "audio-stop": self = .audioStop
        case "ping": self = .ping(text: try head.fields(PingFields.self).text)
        default: self = .other
        }
    }

    private static func timestamp(_ fields: AudioFields) throws(ClientError) -> Double? {
        guard let timestamp = fields.timestamp else { return nil }
        guard timestampRange.contains(timestamp) else {
            throw ClientError(.badData, "timestamp is \(timestamp), must be within 2 to the power of 53")
        }
        return timestamp
    }

    private static func context(_ content: JSONContent?) throws(ClientError) -> [String: JSONContent] {
        guard let content, content != .null else { return [:] }
        guard case .object(let fields) = content else {
            throw ClientError(.badData, "context must be an object or null")
        }
        var bytes: [UInt8] = []
        content.appendJSON(to: &bytes)
        guard bytes.count <= mostContextBytes else {
            throw ClientError(.badData, "context has \(bytes.count) bytes, must have at most \(mostContextBytes)")
        }
        return fields
    }
}
