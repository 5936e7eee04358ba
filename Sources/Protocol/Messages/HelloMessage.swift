/// The first line on every connection: who speaks, and which protocol.
public struct HelloMessage: SocketMessage, Equatable {
    public static let type = "hello"

    /// The version of the protocol that PROTOCOL.md describes. It changes only when an old reader would break.
    public static let currentProtocol = 1

    /// Version of the protocol.
    public var protocolVersion: Int
    /// Version of the daemon.
    public var version: String
    /// Name of the model.
    public var model: String
    /// Version of the model.
    public var modelVersion: String
    /// When this run of the daemon began. Positions of samples start again with it, and event ids too where the daemon has no
    /// state directory, so a reader that reconnects compares it.
    public var started: Timestamp
    /// Names of the requests that the daemon answers; the server fills it in.
    public var requests: [String]

    public init(version: String, model: String, modelVersion: String, started: Timestamp) {
        self.protocolVersion = Self.currentProtocol
        self.version = version
        self.model = model
        self.modelVersion = modelVersion
        self.started = started
        self.requests = []
    }

    enum CodingKeys: String, CodingKey {
        case version, model, started, requests
        case protocolVersion = "protocol"
        case modelVersion = "model_version"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.protocolVersion, protocolVersion)
        line.add(CodingKeys.version, version)
        line.add(CodingKeys.model, model)
        line.add(CodingKeys.modelVersion, modelVersion)
        line.add(CodingKeys.started, started)
        line.add(CodingKeys.requests, requests)
    }
}
