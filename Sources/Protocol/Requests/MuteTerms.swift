/// For how long the microphone is to be closed, and why.
public struct MuteTerms: Sendable, Equatable {
    /// After so many seconds it is opened again; nil: not until `unmute`.
    public var seconds: Int?
    /// For people.
    public var reason: String?

    public init(seconds: Int? = nil, reason: String? = nil) {
        self.seconds = seconds
        self.reason = reason
    }

    /// A week.
    static let longestSeconds = 604_800
    static let longestReason = 200
}
