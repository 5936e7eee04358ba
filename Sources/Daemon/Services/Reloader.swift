import Capture
import Listening
import Logging
import Models
import Protocol
import Realtime
import ServiceSettings
import Spotting
import Synchronization

/// The settings that the daemon runs with, and how others take their place: those of the configuration, and before them
/// what was set while it ran. Any thread.
///
/// Settings and the policy that follows from them change together: what `policy(for:)` and `finish` go by is what the active
/// model goes by.
final class Reloader: Sendable {
    /// Reads the configuration, to take the place of these settings.
    typealias ReadSettings = @Sendable (_ running: Settings) throws(SettingsError) -> Settings

    private let running: Mutex<Settings>
    private let overrides: OverrideRecord
    private let listener: Listener
    private let threshold: LogThreshold
    private let readSettings: ReadSettings
    private let isReading = Atomic<Bool>(false)

    /// - Parameters:
    ///   - settings: what the daemon was started with.
    ///   - overrides: what was set while it ran.
    ///   - threshold: the level of the log, which a reload may change.
    ///   - readSettings: reads the configuration again.
    init(
        _ settings: Settings, overrides: OverrideRecord, listener: Listener, threshold: LogThreshold,
        readSettings: @escaping ReadSettings
    ) {
        running = Mutex(settings)
        self.overrides = overrides
        self.listener = listener
        self.threshold = threshold
        self.readSettings = readSettings
    }

    /// What the daemon runs with now.
    var settings: Settings { running.withLock { $0 } }

    /// What a model is to decide by, as it is configured now.
    func policy(for description: ModelDescription) throws(ErrorMessage) -> DecisionPolicy {
        do throws(SettingsError) {
            return try layered(running.withLock { $0 }, description).settings.decisionPolicy(for: description)
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
            let description = takeover.incoming.model.description
            let configured = try? layered(settings, description).settings.decisionPolicy(for: description)
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
        var problem: SettingsError?
        let before = try running.withLock { current throws(SettingsError) in
            try listener.apply { description throws(SettingsError) in
                let layered = layered(settings, description)
                problem = layered.problem
                return try layered.settings.decisionPolicy(for: description)
            }
            listener.microphone.use(settings.overridden(by: overrides.current).capture.source)
            threshold.level = settings.log.level
            defer { current = settings }
            return current
        }
        let changes = settings.changes(since: before)
        return problem.map { "\(changes); \($0.leftOut)" } ?? changes
    }

    private func layered(
        _ settings: Settings, _ description: ModelDescription
    ) -> (settings: Settings, problem: SettingsError?) {
        settings.overridden(by: overrides.current, for: description)
    }
}

// What is set while the daemon runs.
extension Reloader {
    /// What the configuration alone would decide by; nil where nothing was set of words.
    func configuredPolicy(for description: ModelDescription) -> DecisionPolicy? {
        guard !overrides.current.words.isEmpty else { return nil }
        return running.withLock { try? $0.decisionPolicy(for: description) }
    }

    /// The words that can be heard of which something was set, in the model's order.
    var changedWords: [String] {
        let changed = overrides.current.words
        return changed.isEmpty ? [] : listener.active.description.keywords.filter { changed[$0] != nil }
    }

    /// The device of the configuration, if another one was chosen.
    var configuredDevice: String? {
        overrides.current.device == nil ? nil : running.withLock { $0.capture.device }
    }

    /// Has a word decided on otherwise, from the next samples on.
    ///
    /// Throws why it cannot be; then nothing changes. Returns its name, and whether that is kept over a restart.
    func set(_ change: WordChange) async throws(ErrorMessage) -> (name: String, isKept: Bool) {
        let name = try running.withLock { settings throws(ErrorMessage) in
            var changed = overrides.current
            var found = change.name
            try listener.apply { description throws(ErrorMessage) in
                found = try Self.find(change.name, among: description.keywords)
                changed.change(found, as: change)
                guard changed.isPossible else { throw ErrorMessage(.failed, "too many words are changed; reset some") }
                do throws(SettingsError) {
                    return try settings.overridden(by: changed, wordsOf: description).decisionPolicy(for: description)
                } catch {
                    throw ErrorMessage(.failed, "that cannot be: \(error)")
                }
            }
            overrides.keep(changed)
            return found
        }
        return (name, await overrides.settled())
    }

    /// Listens to another device, or to that of the configuration.
    ///
    /// - Parameter device: its name; nil means that of the configuration.
    func listen(to device: String?) async -> SetDeviceAnswer {
        let name = running.withLock { settings in
            var changed = overrides.current
            changed.device = device == settings.capture.device ? nil : device
            overrides.keep(changed)
            let source = settings.overridden(by: changed).capture.source
            listener.microphone.use(source)
            return source.device
        }
        return SetDeviceAnswer(device: name, kept: await overrides.settled())
    }

    /// A word as the model has it, or as it was taught.
    private static func find(_ name: String, among known: [String]) throws(ErrorMessage) -> String {
        guard let found = known.first(where: { OwnWord.haveSameName($0, name) }) else {
            throw ErrorMessage(.failed, "there is no word \(quoted(name)); \(suggestion(for: name, among: known))")
        }
        return found
    }
}

extension SettingsError {
    /// Why what was set of words while the daemon ran is left out.
    var leftOut: String { "what was set of words is left out, as it does not fit the configuration: \(self)" }
}
