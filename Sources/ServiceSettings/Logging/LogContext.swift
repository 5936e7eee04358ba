import Logging

/// What every log handler of the daemon keeps: the fields of its logger, and from which level on it writes.
public struct LogContext: Sendable {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    let threshold: LogThreshold
    /// The level of this logger alone, when somebody set one.
    private var ownLevel: Logger.Level?

    public init(threshold: LogThreshold) {
        self.threshold = threshold
    }

    public var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    /// The fields of an event by name: the event's own go before the logger's, those before the provider's.
    func fields(of event: LogEvent) -> [(name: String, value: Logger.MetadataValue)] {
        var merged = metadataProvider?.get() ?? [:]
        merged.merge(metadata) { $1 }
        if let error = event.error { merged["error"] = .string("\(error)") }
        if let own = event.metadata { merged.merge(own) { $1 } }
        return merged.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// A log handler that keeps its fields and level in a ``LogContext``.
protocol ContextualLogHandler: LogHandler {
    var context: LogContext { get set }
}

extension ContextualLogHandler {
    public var metadata: Logger.Metadata {
        get { context.metadata }
        set { context.metadata = newValue }
    }

    public var metadataProvider: Logger.MetadataProvider? {
        get { context.metadataProvider }
        set { context.metadataProvider = newValue }
    }

    public var logLevel: Logger.Level {
        get { context.logLevel }
        set { context.logLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { context.metadata[key] }
        set { context.metadata[key] = newValue }
    }
}

/// The field that names the kind of a message for the journal: 32 hexadecimal digits that never change.
package let messageIDField = "message_id"

extension Logger.MetadataValue {
    /// The value as one text.
    var text: String {
        switch self {
        case .string(let string): string
        case .stringConvertible(let value): value.description
        case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .dictionary(let values):
            "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }
}
