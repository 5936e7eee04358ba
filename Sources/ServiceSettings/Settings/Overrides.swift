import Models
import Protocol

/// What was changed while the daemon ran, and goes before its configuration: words by their names, and the device.
public struct Overrides: Sendable, Equatable, Codable {
    /// What was changed of a word; the rest is the configuration's.
    public struct Word: Sendable, Equatable, Codable {
        public var threshold: Double?
        public var enabled: Bool?
    }

    public private(set) var words: [String: Word] = [:]
    /// The device that is listened to; nil means that of the configuration.
    public var device: String?

    /// More words than a model and a user have.
    private static let mostWords = 512

    public init() {}

    public var isEmpty: Bool { words.isEmpty && device == nil }

    /// Whether all of it can be: what stands in a file may be anything.
    public var isPossible: Bool {
        words.count <= Self.mostWords && words.values.allSatisfy { $0.threshold.map((0...1).contains) ?? true }
            && device.map { !$0.isEmpty && $0.utf8.count <= 1024 } ?? true
    }

    /// Changes what is to be changed of a word.
    public mutating func change(_ name: String, as change: WordChange) {
        var word = change.resets ? Word() : words[name] ?? Word()
        word.threshold = change.threshold ?? word.threshold
        word.enabled = change.isEnabled ?? word.enabled
        words[name] = word == Word() ? nil : word
    }
}

extension Settings {
    /// These settings with what was changed since.
    ///
    /// - Parameter description: of the model whose words can be listened for, those that it was taught among them; what was
    ///   changed of others waits until they can. Nil leaves words out.
    public func overridden(by overrides: Overrides, wordsOf description: ModelDescription? = nil) -> Settings {
        var settings = self
        for name in description?.keywords ?? [] {
            guard let change = overrides.words[name] else { continue }
            settings.words.change(name, as: change, isOwn: description?.words.contains(name) == false)
        }
        if let device = overrides.device { settings.capture.device = device }
        return settings
    }

    /// These settings with what was changed since, as far as the words of a model can all be heard then; and, where they
    /// cannot, why what was changed of words is left out.
    public func overridden(
        by overrides: Overrides, for description: ModelDescription
    ) -> (settings: Settings, problem: SettingsError?) {
        let all = overridden(by: overrides, wordsOf: description)
        do throws(SettingsError) {
            _ = try all.decisionPolicy(for: description)
            return (all, nil)
        } catch {
            return (overridden(by: overrides), error)
        }
    }
}

extension WordSettings {
    fileprivate mutating func change(_ name: String, as change: Overrides.Word, isOwn: Bool) {
        var policy = policy(for: name)
        policy.isOwn = isOwn
        if let threshold = change.threshold { policy.threshold = threshold }
        if let enabled = change.enabled { policy.isEnabled = enabled }
        named[name] = policy
    }
}
