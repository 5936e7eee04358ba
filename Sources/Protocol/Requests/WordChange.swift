/// What is to be changed of a word while the daemon runs, over what its configuration says.
public struct WordChange: Sendable, Equatable {
    /// The word.
    public var name: String
    /// What its confidence must reach, 0 to 1; nil leaves it as it is.
    public var threshold: Double?
    /// Whether it is listened for; nil leaves it as it is.
    public var isEnabled: Bool?
    /// Whether what was changed before is forgotten first.
    public var resets: Bool

    public init(name: String, threshold: Double? = nil, isEnabled: Bool? = nil, resets: Bool = false) {
        self.name = name
        self.threshold = threshold
        self.isEnabled = isEnabled
        self.resets = resets
    }
}

/// Which device is to be listened to.
public enum DeviceChoice: Sendable, Equatable {
    /// One of those that `devices` lists.
    case named(String)
    /// The one of the configuration.
    case configured
}
