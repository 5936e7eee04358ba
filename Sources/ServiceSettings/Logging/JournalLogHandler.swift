import Logging

/// Hands each message to the journal as an entry with fields.
///
/// `MESSAGE`, `PRIORITY` and `SYSLOG_IDENTIFIER` always; `MESSAGE_ID` where the message has the field `message_id`;
/// every other field as `ATTUNED_NAME`, so that `journalctl ATTUNED_DEVICE=default` finds it.
public struct JournalLogHandler: ContextualLogHandler {
    var context: LogContext
    private let identifier: String
    private let send: @Sendable ([(String, String)]) -> Void

    /// - Parameter send: Sends the fields to the journal, on the thread that logs.
    public init(
        threshold: LogThreshold, identifier: String = "attuned", send: @escaping @Sendable ([(String, String)]) -> Void
    ) {
        context = LogContext(threshold: threshold)
        self.identifier = identifier
        self.send = send
    }

    public func log(event: LogEvent) {
        var fields = [
            ("MESSAGE", event.message.description),
            ("PRIORITY", "\(priority(of: event.level))"),
            ("SYSLOG_IDENTIFIER", identifier),
        ]
        for field in context.fields(of: event) {
            let name = field.name == messageIDField ? "MESSAGE_ID" : Self.fieldName(field.name)
            fields.append((name, field.value.text))
        }
        send(fields)
    }

    /// A name that the journal takes: upper-case letters, digits and underscores, at most 64 of them.
    static func fieldName(_ name: String) -> String {
        let characters = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return String(("ATTUNED_" + String(characters)).prefix(64))
    }

    /// The levels of syslog(3).
    private func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
