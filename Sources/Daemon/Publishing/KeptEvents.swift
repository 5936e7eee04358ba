import Logging
import Protocol
import Realtime
import ServiceSettings
import Time

/// The record of events as the daemon uses it: where systemd gives it a state directory, and never in the way. A disk that
/// is slow or hangs delays no event; what waits for it is bounded, and the oldest is lost first.
final class KeptEvents: Sendable {
    /// Events of earlier runs, oldest first.
    let earlier: [KeywordEvent]
    private let writer: BackgroundWriter<JSONLine>?

    /// - Parameter folder: the state directory; without it nothing is kept.
    init(folder: String?, logger: Logger) {
        guard let folder else {
            (earlier, writer) = ([], nil)
            return
        }
        let record = EventRecord(folder: folder)
        do throws(EventRecordError) {
            earlier = try record.load()
        } catch {
            earlier = []
            logger.warning("\(error)")
        }
        // SAFETY: from here on the writer's thread alone has the record.
        nonisolated(unsafe) var budget = LogBudget(perMinute: 2)
        nonisolated(unsafe) let file = record
        writer = BackgroundWriter(name: "record", capacity: EventRecord.capacity) { line, lost in
            func warn(_ message: String) {
                if budget.take(now: MonotonicClock.nanoseconds()).isGranted { logger.warning("\(message)") }
            }
            if lost > 0 { warn("\(lost) events will not outlive a restart: the disk was too slow for them") }
            do throws(EventRecordError) {
                try file.append(line)
            } catch {
                warn("\(error)")
            }
        }
    }

    /// Never waits. Any thread.
    func append(_ line: JSONLine) { writer?.add(line) }

    /// Waits until all is written, at most for `timeout`.
    func flush(within timeout: Duration) { writer?.flush(within: timeout) }
}
