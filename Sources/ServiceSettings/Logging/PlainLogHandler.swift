import Logging
import Protocol

/// Writes each message as one line for a person: time, level, message, then its fields as `name=value`.
///
/// Control characters are shown and not sent: no name of a device or a file can forge a line or move the cursor.
public struct PlainLogHandler: ContextualLogHandler {
    var context: LogContext
    private let usesColour: Bool
    private let write: @Sendable ([UInt8]) -> Void
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - usesColour: The reader is a terminal.
    ///   - write: Takes a whole line with its line feed, on the thread that logs.
    ///   - now: The clock.
    public init(
        threshold: LogThreshold, usesColour: Bool = StandardError.isTerminal,
        write: @escaping @Sendable ([UInt8]) -> Void = StandardError.write,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        context = LogContext(threshold: threshold)
        self.usesColour = usesColour
        self.write = write
        self.now = now
    }

    public func log(event: LogEvent) {
        let level = event.level.rawValue
        let padding = String(repeating: " ", count: max(0, 8 - level.count))
        var line =
            "\(now()) \(coloured(level, colour(of: event.level)))\(padding) \(visible(event.message.description))"
        for field in context.fields(of: event) where field.name != messageIDField {
            let text = field.value.text
            let value = text.isEmpty || text.contains(" ") || text.contains("\"") ? quoted(text) : visible(text)
            line += coloured(" \(visible(field.name))=\(value)", "2")
        }
        write(Array(line.utf8) + [UInt8(ascii: "\n")])
    }

    private func colour(of level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "2"
        case .info: "32"
        case .notice: "36"
        case .warning: "33"
        case .error, .critical: "1;31"
        }
    }

    private func coloured(_ text: String, _ colour: String) -> String {
        usesColour ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
    }

    private func quoted(_ text: String) -> String {
        "\"" + visible(text).replacing("\"", with: "\\\"") + "\""
    }

    private func visible(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": shown += "\\n"
            case "\r": shown += "\\r"
            case "\t": shown += "\\t"
            case _ where scalar.properties.generalCategory == .control:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
