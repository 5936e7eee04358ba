import Capture
import Listening
import Logging
import Models
import Protocol
import Realtime
import ServiceSettings
import Spotting
import Synchronization

/// The settings that the daemon runs with, and how others take their place. Any thread.
///
/// Settings and the policy that follows from them change together: what `policy(for:)` and `finish` go by is what the active
/// model goes by.
final class Reloader: Sendable {
    /// Reads the configuration, to take the place of these settings.
    typealias ReadSettings = @Sendable (_ running: Settings) throws(SettingsError) -> Settings

    private let running: Mutex<Settings>
    private let listener: Listener
    private let threshold: LogThreshold
    private let readSettings: ReadSettings
    private let isReading = Atomic<Bool>(false)

    /// - Parameters:
    ///   - settings: what the daemon was started with.
    ///   - threshold: the level of the log, which a reload may change.
    ///   - readSettings: reads the configuration again.
    init(_ settings: Settings, listener: Listener, threshold: LogThreshold, readSettings: @escaping ReadSettings) {
        running = Mutex(settings)
        self.listener = listener
        self.threshold = threshold
        self.readSettings = readSettings
    }

    /// What the daemon runs with now.
    var settings: Settings { running.withLock { $0 } }

    /// What a model is to decide by, as it is configured now.
    func policy(for description: ModelDescription) throws(ErrorMessage) -> DecisionPolicy {
        do throws(SettingsError) {
            return try running.withLock { $0 }.decisionPolicy(for: description)
        } catch {
            throw ErrorMessage(
                .failed, "\(description.name) \(description.version) does not fit the configuration: \(error)")
        }
    }

    /// Makes a model that took over the active one, with the policy that is configured by now.
    ///
    /// - Parameter policy: what it began with; kept if the configuration has changed to one that it does not fit.
    func finish(_ takeover: Takeover, policy: DecisionPolicy) {
        running.withLock { settings in
            let configured = try? settings.decisionPolicy(for: takeover.incoming.model.description)
            listener.finish(takeover, policy: configured ?? policy)
            listener.changed.signal()
        }
    }

    /// Reads the configuration, uses what can be changed while running, and says in words what changed. One at a time; a
    /// file that does not let itself be read is given up.
    ///
    /// Throws what is wrong with it; then the settings stay as they were.
    func reload() async throws(ErrorMessage) -> String {
        guard isReading.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else {
            throw ErrorMessage(.failed, "the configuration is being read already; ask again in a few seconds")
        }
        defer { isReading.store(false, ordering: .releasing) }
        let result = await onOwnThread("reload") { [self] in
            Result { () throws(SettingsError) in try use(try readSettings(running.withLock { $0 })) }
        }
        guard let result else {
            throw ErrorMessage(.failed, "the configuration could not be read in time; look at the file and its disk")
        }
        do throws(SettingsError) {
            return try result.get()
        } catch {
            throw ErrorMessage(.failed, "\(error)")
        }
    }

    private func use(_ settings: Settings) throws(SettingsError) -> String {
        let before = try running.withLock { current throws(SettingsError) in
            try listener.apply { description throws(SettingsError) in try settings.decisionPolicy(for: description) }
            listener.microphone.use(settings.capture.source)
            threshold.level = settings.log.level
            defer { current = settings }
            return current
        }
        return settings.changes(since: before)
    }
}
