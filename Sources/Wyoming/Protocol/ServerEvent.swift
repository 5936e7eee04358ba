import NIOCore
import Protocol

/// What a client is told.
enum ServerEvent: Sendable, Equatable {
    case info(ProgramInfo)
    case detection(WordHeard)
    /// All of a stream was heard, and no word of it told; the context is the client's own.
    case notDetected(context: [String: JSONContent])
    case pong(text: String?)
    case error(ClientError)

    /// The release of the protocol's own library whose events these are.
    private static let protocolVersion = "1.10.2"

    /// The frame: the data stands after the line, where its length does not matter.
    var frame: ByteBuffer {
        let data = data
        var line = JSONLine(type: type)
        line.add("version", Self.protocolVersion)
        let content = data.utf8
        if content.count > 2 { line.add("data_length", content.count) }
        var buffer = ByteBuffer(bytes: line.utf8)
        buffer.writeInteger(UInt8(ascii: "\n"))
        if content.count > 2 { buffer.writeBytes(content) }
        return buffer
    }

    private var type: String {
        switch self {
        case .info: "info"
        case .detection: "detection"
        case .notDetected: "not-detected"
        case .pong: "pong"
        case .error: "error"
        }
    }

    private var data: JSONLine {
        switch self {
        case .info(let info): return info.data
        case .detection(let word): return word.data
        case .notDetected(let context):
            var data = JSONLine()
            if !context.isEmpty { data.add("context", JSONContent.object(context)) }
            return data
        case .pong(let text):
            var data = JSONLine()
            data.add("text", text)
            return data
        case .error(let error):
            var data = JSONLine()
            data.add("text", error.text)
            data.add("code", error.code.rawValue)
            return data
        }
    }
}

/// A word that a client is told of. Times are the client's own: those of its chunks, or milliseconds since the stream began.
struct WordHeard: Sendable, Equatable {
    /// As the model has it.
    let word: String
    /// As the client asked for it.
    let name: String
    let start: Int
    let end: Int
    let confidence: Double
    let threshold: Double
    /// What the client gave with `detect`.
    let context: [String: JSONContent]

    /// `timestamp` is where the word ended, so that what follows it is the command.
    fileprivate var data: JSONLine {
        var data = JSONLine()
        data.add("name", name)
        data.add("timestamp", end)
        var context = context
        context["confidence"] = .number(confidence.rounded(decimals: 4))
        context["threshold"] = .number(threshold.rounded(decimals: 4))
        context["start"] = .number(Double(start))
        context["end"] = .number(Double(end))
        data.add("context", JSONContent.object(context))
        return data
    }
}
