/// Where a setting came from, as an error names it.
public enum SettingsOrigin: Sendable, Equatable, CustomStringConvertible {
    case file(String, line: Int)
    /// A whole file.
    case path(String)
    /// An environment variable.
    case environment(String)
    /// An option of the command line.
    case option(String)
    /// All of them together.
    case settings

    public var description: String {
        switch self {
        case .file(let path, let line): "\(path):\(line)"
        case .path(let path): path
        case .environment(let name): name
        case .option(let option): option
        case .settings: "configuration"
        }
    }

    var line: Int? {
        if case .file(_, let line) = self { line } else { nil }
    }
}

/// One thing that is wrong with the configuration: `FILE:LINE: capture.realtime_priority: 200 is out of range; give …`.
public struct SettingsProblem: Sendable, Equatable, CustomStringConvertible {
    public var origin: SettingsOrigin
    /// The setting's full name; nil when it concerns the file as a whole.
    public var key: String?
    /// What is wrong and what would be right.
    public var message: String

    package init(_ origin: SettingsOrigin, key: String? = nil, _ message: String) {
        self.origin = origin
        self.key = key
        self.message = message
    }

    public var description: String {
        "\(origin): " + (key.map { "\($0): " } ?? "") + message
    }
}

/// The configuration cannot be used. Holds everything that is wrong with it, not only the first.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [SettingsProblem]

    public init(problems: [SettingsProblem]) {
        self.problems = problems
    }

    /// One line a problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
