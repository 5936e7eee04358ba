import Capture
import Events
import Inference
import ServiceSettings
import Spotting
import Synchronization

/// The settings that the daemon runs with, and how others take their place. Any thread.
final class Reloader: Sendable {
    private let running: Mutex<Settings>
    private let listener: Listener
    private let threshold: LogThreshold
    private let readSettings: @Sendable () throws(SettingsError) -> Settings

    /// - Parameters:
    ///   - settings: what the daemon was started with.
    ///   - threshold: the level of the log, which a reload may change.
    ///   - readSettings: reads the configuration again.
    init(
        _ settings: Settings, listener: Listener, threshold: LogThreshold,
        readSettings: @escaping @Sendable () throws(SettingsError) -> Settings
    ) {
        running = Mutex(settings)
        self.listener = listener
        self.threshold = threshold
        self.readSettings = readSettings
    }

    /// The words that are listened for.
    var keywords: [String] { running.withLock { $0 }.enabledWords(of: listener.model.description) }

    /// What a model is to decide by, as it is configured now.
    func policy(for description: ModelDescription) throws(ErrorMessage) -> DecisionPolicy {
        do throws(SettingsError) {
            return try running.withLock { $0 }.decisionPolicy(for: description)
        } catch {
            throw ErrorMessage(
                .failed, "\(description.name) \(description.version) does not fit the configuration: \(error)")
        }
    }

    /// Reads the configuration, uses what can be changed while running, and says in words what changed.
    ///
    /// Throws what is wrong with it; then the settings stay as they were.
    func reload() throws(ErrorMessage) -> String {
        let settings: Settings
        let policy: DecisionPolicy
        do throws(SettingsError) {
            settings = try readSettings()
            policy = try settings.decisionPolicy(for: listener.model.description)
        } catch {
            throw ErrorMessage(.failed, "\(error)")
        }
        let before = running.withLock { current in
            defer { current = settings }
            return current
        }
        listener.apply(policy)
        listener.microphone.use(settings.capture.source)
        threshold.level = settings.log.level
        return settings.changes(since: before)
    }
}
