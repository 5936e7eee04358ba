/// Puts the configuration together: command line over environment over file over default.
///
///     let settings = try SettingsReader(environment: environment).read(file: path)
///
/// Everything that is wrong in all of them is found before the error is thrown.
public struct SettingsReader: Sendable {
    /// A setting that an option of the command line gives.
    public struct Override: Sendable {
        /// Full name of the setting: `capture.device`.
        public var key: String
        public var value: String
        /// The option as the user wrote it, for messages: `--device`.
        public var option: String

        public init(key: String, value: String, option: String) {
            self.key = key
            self.value = value
            self.option = option
        }
    }

    private let environment: [String: String]
    private let overrides: [Override]

    public init(environment: [String: String] = [:], overrides: [Override] = []) {
        self.environment = environment
        self.overrides = overrides
    }

    /// Reads the file at a path; without one, environment and command line stand over the defaults.
    ///
    /// - Parameters:
    ///   - mayBeMissing: A missing file is as good as an empty one: for the default path, not for one that was asked for.
    ///   - running: The settings whose place these are to take, nil for none. A file that is empty or gone may change
    ///     nothing of them: an editor or a full disk has left it so.
    public func read(
        file path: String?, mayBeMissing: Bool = false, replacing running: Settings? = nil
    ) throws(SettingsError) -> Settings {
        guard let path else { return try read(text: "", name: "") }
        let text: String
        do throws(SettingsFileError) {
            text = try settingsText(at: path)
        } catch {
            guard case .missing = error, mayBeMissing else {
                throw SettingsError(problems: [SettingsProblem(.path(path), error.description)])
            }
            text = ""
        }
        let settings = try read(text: text, name: path)
        if let running, settings != running, text.allSatisfy(\.isWhitespace) {
            let message = "is empty or gone; to run with the defaults, restart the daemon"
            throw SettingsError(problems: [SettingsProblem(.path(path), message)])
        }
        return settings
    }

    /// Reads configuration that is already in memory; `name` is how messages call it.
    public func read(text: String, name: String) throws(SettingsError) -> Settings {
        var settings = Settings()
        var document = SettingsDocument(name: name)
        document.read(text, into: &settings)
        var problems = document.problems
        applyEnvironment(to: &settings, &problems)
        applyOverrides(to: &settings, &problems)
        if let hops = settings.detection.smoothingHops, settings.detection.majorityHops > hops {
            let message =
                "\(settings.detection.majorityHops) of \(hops) hops is impossible; "
                + "give at most detection.smoothing_hops"
            let origin = document.origins["detection.majority_hops"] ?? document.origins["detection.smoothing_hops"]
            problems.append(SettingsProblem(origin ?? .settings, key: "detection.majority_hops", message))
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        return settings
    }

    /// What to say of variables of the environment that look like settings and are none, one sentence each.
    public var notices: [String] {
        let known = SettingKey.all.map(\.environmentName)
        // The clients' own.
        let others = ["ATTUNED_SOCKET"]
        return environment.keys.filter { $0.hasPrefix("ATTUNED_") && !known.contains($0) && !others.contains($0) }
            .sorted()
            .map { name in
                let hint = nearestName(to: name, among: known).map { "did you mean \($0)?" }
                return "\(name) is no setting and changes nothing; \(hint ?? "see attuned.yaml(5)")"
            }
    }

    /// A variable that is set but empty counts as not set, as systemd leaves it.
    private func applyEnvironment(to settings: inout Settings, _ problems: inout [SettingsProblem]) {
        for key in SettingKey.all {
            // Other programs know LOG_LEVEL too; our own name goes before it.
            let names = key.name == "log.level" ? [key.environmentName, "LOG_LEVEL"] : [key.environmentName]
            guard let name = names.first(where: { environment[$0]?.isEmpty == false }), let text = environment[name]
            else { continue }
            if let message = key.value.set(text, in: &settings) {
                problems.append(SettingsProblem(.environment(name), message))
            }
        }
    }

    private func applyOverrides(to settings: inout Settings, _ problems: inout [SettingsProblem]) {
        for override in overrides {
            guard let key = SettingKey.named(override.key) else {
                preconditionFailure("an option stands for a setting that does not exist: \(override.key)")
            }
            if let message = key.value.set(override.value, in: &settings) {
                problems.append(SettingsProblem(.option(override.option), message))
            }
        }
    }
}
