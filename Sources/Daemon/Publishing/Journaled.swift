import Events
import Logging
import Realtime
import ServiceSettings

/// The journal of events as the daemon uses it: where systemd gives it a state directory, and never in the way. A disk that
/// is slow or hangs delays no event; what waits for it is bounded, and the oldest is lost first.
final class Journaled: Sendable {
    /// Events of earlier runs, oldest first.
    let earlier: [KeywordEvent]
    private let writer: BackgroundWriter<KeywordEvent>?

    /// - Parameter folder: the state directory; without it nothing is kept.
    init(folder: String?, logger: Logger) {
        guard let folder else {
            (earlier, writer) = ([], nil)
            return
        }
        let journal = EventJournal(folder: folder)
        do throws(JournalError) {
            earlier = try journal.load()
        } catch {
            earlier = []
            logger.warning("\(error)")
        }
        // SAFETY: from here on the writer's thread alone has the journal.
        nonisolated(unsafe) var budget = LogBudget(perMinute: 2)
        nonisolated(unsafe) let file = journal
        writer = BackgroundWriter(name: "journal", capacity: EventJournal.capacity) { event, lost in
            func warn(_ message: String) {
                if budget.take(now: MonotonicClock.nanoseconds()).isGranted { logger.warning("\(message)") }
            }
            if lost > 0 { warn("\(lost) events will not outlive a restart: the disk was too slow for them") }
            do throws(JournalError) {
                try file.append(event)
            } catch {
                warn("\(error)")
            }
        }
    }

    /// Never waits. Any thread.
    func append(_ event: KeywordEvent) { writer?.add(event) }

    /// Waits until all is written, at most for `timeout`.
    func flush(within timeout: Duration) { writer?.flush(within: timeout) }
}
