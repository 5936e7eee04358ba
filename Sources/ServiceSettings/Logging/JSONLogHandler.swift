import Logging
import Protocol

/// Writes each message as one JSON object on one line: `time`, `level`, `message`, and `fields` if there are any.
public struct JSONLogHandler: ContextualLogHandler {
    var context: LogContext
    private let write: @Sendable ([UInt8]) -> Void
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - write: Takes a whole line with its line feed, on the thread that logs.
    ///   - now: The clock.
    public init(
        threshold: LogThreshold, write: @escaping @Sendable ([UInt8]) -> Void = StandardError.write,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        context = LogContext(threshold: threshold)
        self.write = write
        self.now = now
    }

    public func log(event: LogEvent) {
        var line = JSONLine()
        line.add("time", now())
        line.add("level", event.level.rawValue)
        line.add("message", event.message.description)
        let fields = context.fields(of: event)
        if !fields.isEmpty {
            var object = JSONLine()
            for field in fields { object.add(field.name, JSONField(value: field.value)) }
            line.add("fields", object)
        }
        write(line.utf8 + [UInt8(ascii: "\n")])
    }
}

/// A field's value as JSON: numbers and truth values as such, everything else as text, arrays and objects as they are.
private struct JSONField: JSONValue {
    let value: Logger.MetadataValue

    func appendJSON(to bytes: inout [UInt8]) {
        switch value {
        case .string(let string): string.appendJSON(to: &bytes)
        case .stringConvertible(let value):
            if let number = value as? any JSONValue {
                number.appendJSON(to: &bytes)
            } else {
                value.description.appendJSON(to: &bytes)
            }
        case .array(let values): values.map(JSONField.init).appendJSON(to: &bytes)
        case .dictionary(let values):
            var object = JSONLine()
            for (name, value) in values.sorted(by: { $0.key < $1.key }) { object.add(name, JSONField(value: value)) }
            object.appendJSON(to: &bytes)
        }
    }
}
