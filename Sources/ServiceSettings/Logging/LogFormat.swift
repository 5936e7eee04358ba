/// How the log is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// The journal where standard error is the journal, plain lines everywhere else.
    case auto
    /// Entries with fields, by the journal's own protocol.
    case journal
    /// One JSON object a line on standard error.
    case json
    /// Lines for a person on standard error, with colour on a terminal.
    case plain

    /// What `auto` comes to: never `auto` itself.
    public func resolved(standardErrorIsJournal: Bool) -> LogFormat {
        self == .auto ? (standardErrorIsJournal ? .journal : .plain) : self
    }
}
