import Logging

/// Where the daemon's log goes, decided once at the start.
public struct LogOutput: Sendable {
    /// The level of every logger made here; setting it changes them all.
    public let threshold: LogThreshold
    private let format: LogFormat
    private let journal: (@Sendable ([(String, String)]) -> Void)?

    /// - Parameters:
    ///   - standardErrorIsJournal: Whether systemd has connected standard error to the journal.
    ///   - journal: Sends fields to the journal; nil where there is none, and then plain lines stand in for it.
    public init(
        settings: Settings.Log, standardErrorIsJournal: Bool, journal: (@Sendable ([(String, String)]) -> Void)?
    ) {
        threshold = LogThreshold(settings.level)
        format = settings.format.resolved(standardErrorIsJournal: standardErrorIsJournal)
        self.journal = journal
    }

    /// A handler for swift-log; every logger of the daemon gets its own.
    public func makeHandler() -> any LogHandler {
        switch format {
        case .journal:
            if let journal { return JournalLogHandler(threshold: threshold, send: journal) }
            return PlainLogHandler(threshold: threshold)
        case .json: return JSONLogHandler(threshold: threshold)
        case .plain, .auto: return PlainLogHandler(threshold: threshold)
        }
    }
}
