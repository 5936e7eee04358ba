/// Audio is missing: what was said there was not heard.
public struct GapEvent: SocketMessage, Equatable {
    public static let type = "gap"

    /// Why: `overrun`, `refused`, `suspended`, `stalled` or `reopened`.
    public var cause: String
    /// The first sample after it, in 16 kHz samples since the daemon started to listen.
    public var sample: UInt64
    /// How many are missing, in the same samples; by the clock, so good to a few hundredths of a second.
    public var lostSamples: UInt64
    /// When audio went on, by the machine's clock.
    public var timestamp: Timestamp

    public init(cause: String, sample: UInt64, lostSamples: UInt64, timestamp: Timestamp) {
        self.cause = cause
        self.sample = sample
        self.lostSamples = lostSamples
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case cause, sample, timestamp
        case lostSamples = "lost_samples"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.cause, cause)
        line.add(CodingKeys.sample, sample)
        line.add(CodingKeys.lostSamples, lostSamples)
        line.add(CodingKeys.timestamp, timestamp)
    }
}
