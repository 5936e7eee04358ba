/// Whether the daemon hears, judged by what flowed and not by threads being alive.
public struct HealthReport: SocketMessage, Equatable {
    public static let type = "health"

    /// One thing that must keep flowing.
    public struct Check: Sendable, Equatable, Decodable {
        /// It advanced recently enough.
        public var advancing: Bool
        /// Seconds since it last advanced; nil when it never did.
        public var ageSeconds: Double?
        /// How many there were since the start.
        public var total: UInt64

        public init(advancing: Bool, ageSeconds: Double?, total: UInt64) {
            self.advancing = advancing
            self.ageSeconds = ageSeconds
            self.total = total
        }

        enum CodingKeys: String, CodingKey {
            case advancing, total
            case ageSeconds = "age_seconds"
        }
    }

    /// All three, in the order in which audio passes them.
    public struct Checks: Sendable, Equatable, Decodable {
        /// Samples from the device.
        public var samples: Check
        /// Feature frames.
        public var frames: Check
        /// Runs of the network.
        public var inferences: Check

        public init(samples: Check, frames: Check, inferences: Check) {
            self.samples = samples
            self.frames = frames
            self.inferences = inferences
        }
    }

    public var healthy: Bool
    public var state: DaemonState
    /// Why it is healthy or not, in words for a person.
    public var reason: String
    /// Seconds since the daemon started.
    public var uptimeSeconds: Double
    public var checks: Checks

    public init(healthy: Bool, state: DaemonState, reason: String, uptimeSeconds: Double, checks: Checks) {
        self.healthy = healthy
        self.state = state
        self.reason = reason
        self.uptimeSeconds = uptimeSeconds
        self.checks = checks
    }

    enum CodingKeys: String, CodingKey {
        case healthy, state, reason, checks
        case uptimeSeconds = "uptime_seconds"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.healthy, healthy)
        line.add(CodingKeys.state, state)
        line.add(CodingKeys.reason, reason)
        line.add(CodingKeys.uptimeSeconds, uptimeSeconds.rounded(decimals: 1))
        line.add(CodingKeys.checks, checks)
    }
}

extension HealthReport.Check: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        var line = JSONLine()
        line.add(CodingKeys.advancing, advancing)
        line.add(CodingKeys.ageSeconds, ageSeconds?.rounded(decimals: 3))
        line.add(CodingKeys.total, total)
        line.appendJSON(to: &bytes)
    }
}

extension HealthReport.Checks: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        var line = JSONLine()
        line.add("samples", samples)
        line.add("frames", frames)
        line.add("inferences", inferences)
        line.appendJSON(to: &bytes)
    }
}
