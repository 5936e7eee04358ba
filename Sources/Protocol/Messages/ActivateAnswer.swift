/// A model that is to be activated, among those that the daemon can find.
public struct ModelChoice: Sendable, Equatable {
    /// Nil means that of the active one.
    public var name: String?
    public var version: String

    public init(name: String? = nil, version: String) {
        self.name = name
        self.version = version
    }
}

/// The answer to `activate`: the model whose words are events from now on.
public struct ActivateAnswer: SocketMessage, Equatable {
    public static let type = "activate"

    public var model: String
    public var modelVersion: String
    /// The version that was active before.
    public var previousVersion: String
    /// How long the two heard side by side.
    public var seconds: Double

    public init(model: String, modelVersion: String, previousVersion: String, seconds: Double) {
        self.model = model
        self.modelVersion = modelVersion
        self.previousVersion = previousVersion
        self.seconds = seconds
    }

    private enum CodingKeys: String, CodingKey {
        case model, seconds
        case modelVersion = "model_version"
        case previousVersion = "previous_version"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.model, model)
        line.add(CodingKeys.modelVersion, modelVersion)
        line.add(CodingKeys.previousVersion, previousVersion)
        line.add(CodingKeys.seconds, seconds.rounded(decimals: 2))
    }
}
