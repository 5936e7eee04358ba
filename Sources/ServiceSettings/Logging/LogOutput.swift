import Logging
import Realtime

/// Where a service's log goes, decided once at the start.
///
/// Nobody who logs ever waits for who reads: messages wait in a queue of a quarter of a mebibyte, where the oldest make
/// room and are counted. The count is logged when the log is read again.
public struct LogOutput: Sendable {
    /// The level of every logger made here; setting it changes them all.
    public let threshold: LogThreshold
    private let handler: @Sendable () -> any LogHandler
    private let flushQueue: @Sendable (Duration) -> Bool
    private let lostCount: @Sendable () -> Int

    private static let capacityBytes = 256 * 1024

    /// - Parameters:
    ///   - standardErrorIsJournal: Whether systemd has connected standard error to the journal.
    ///   - standardError: Takes a whole line; may wait.
    ///   - journal: Sends fields to the journal, and may wait; nil where there is none, and then plain lines stand in for
    ///     it.
    public init(
        settings: Settings.Log, standardErrorIsJournal: Bool,
        standardError: @escaping @Sendable ([UInt8]) -> Void = StandardError.write,
        journal: (@Sendable ([(String, String)]) -> Void)?
    ) {
        let threshold = LogThreshold(settings.level)
        let format = settings.format.resolved(standardErrorIsJournal: standardErrorIsJournal)
        if format == .journal, let journal {
            self.init(
                threshold, to: journal, size: { fields in fields.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count } },
                handler: { JournalLogHandler(threshold: threshold, send: $0) })
        } else {
            self.init(threshold, to: standardError, size: { $0.count }) { write in
                if format == .json { return JSONLogHandler(threshold: threshold, write: write) }
                return PlainLogHandler(threshold: threshold, write: write)
            }
        }
    }

    private init<Entry: Sendable>(
        _ threshold: LogThreshold, to write: @escaping @Sendable (Entry) -> Void,
        size: @escaping @Sendable (Entry) -> Int,
        handler: @escaping @Sendable (_ write: @escaping @Sendable (Entry) -> Void) -> any LogHandler
    ) {
        let queue = BackgroundWriter<Entry>(name: "log", capacity: Self.capacityBytes, size: size) { entry, lost in
            if lost > 0 {
                // On the queue's own thread, past the queue.
                Logger(label: "log") { _ in handler(write) }
                    .warning("\(lost) messages before this one are lost: nobody read the log")
            }
            write(entry)
        }
        self.threshold = threshold
        self.handler = { handler { queue.add($0) } }
        flushQueue = { queue.flush(within: $0) }
        lostCount = { queue.dropped }
    }

    /// A handler for swift-log; every logger of the service gets its own.
    public func makeHandler() -> any LogHandler { handler() }

    /// Waits until what was logged is written, at most for `timeout`: to be called before the process ends.
    @discardableResult
    public func flush(within timeout: Duration = .milliseconds(300)) -> Bool { flushQueue(timeout) }

    /// Messages that were lost because nobody read the log.
    public var lostMessages: Int { lostCount() }
}
