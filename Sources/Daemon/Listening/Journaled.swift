import Events
import Logging
import Realtime
import Synchronization

/// The journal of events as the daemon uses it: where systemd gives it a state directory, and never in the way.
final class Journaled: Sendable {
    /// Events of earlier runs, oldest first.
    let earlier: [KeywordEvent]

    private struct State: ~Copyable {
        let journal: EventJournal?
        var budget = LogBudget(perMinute: 2)
    }

    private let state: Mutex<State>
    private let logger: Logger

    /// - Parameter environment: `STATE_DIRECTORY`, as systemd sets it, is the folder; without it nothing is kept.
    init(environment: [String: String], logger: Logger) {
        self.logger = logger
        let folder = environment["STATE_DIRECTORY"]?.split(separator: ":").first.map(String.init)
        let journal = folder.map(EventJournal.init(folder:))
        var earlier: [KeywordEvent] = []
        do throws(JournalError) {
            earlier = try journal?.load() ?? []
        } catch {
            logger.warning("\(error)")
        }
        self.earlier = earlier
        state = Mutex(State(journal: journal))
    }

    /// The thread "events" only, so that nobody waits for the disk but it.
    func append(_ event: KeywordEvent) {
        state.withLock { state in
            do throws(JournalError) {
                try state.journal?.append(event)
            } catch {
                if state.budget.take(now: MonotonicClock.nanoseconds()).isGranted { logger.warning("\(error)") }
            }
        }
    }
}
