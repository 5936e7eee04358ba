/// The answer to `selftest`: whether the model's own clip was detected by the live pipeline, and how fast.
public struct SelfTestAnswer: SocketMessage, Equatable {
    public static let type = "selftest"

    public var detected: Bool
    /// The word that is spoken in the clip.
    public var keyword: String
    /// Nil if it was not detected.
    public var confidence: Double?
    /// From the end of the word to the decision; nil if it was not detected.
    public var latencyMilliseconds: Double?

    public init(detected: Bool, keyword: String, confidence: Double?, latencyMilliseconds: Double?) {
        self.detected = detected
        self.keyword = keyword
        self.confidence = confidence
        self.latencyMilliseconds = latencyMilliseconds
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.detected, detected)
        line.add(CodingKeys.keyword, keyword)
        line.add(CodingKeys.confidence, confidence)
        line.add(CodingKeys.latencyMilliseconds, latencyMilliseconds)
    }

    private enum CodingKeys: String, CodingKey {
        case detected, keyword, confidence
        case latencyMilliseconds = "latency_ms"
    }
}
