import Protocol

/// The environment of a command: what it inherits, and the event.
public struct HookEnvironment: Sendable {
    private let inherited: [String]
    private let socketPath: String

    /// What speaks to this process alone.
    private static let own = [
        "JOURNAL_STREAM", "LISTEN_FDNAMES", "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "SWIFT_BACKTRACE",
        "WATCHDOG_PID", "WATCHDOG_USEC",
    ]

    /// - Parameters:
    ///   - environment: this program's.
    ///   - socketPath: where the daemon is, which the command may ask too.
    public init(inheriting environment: [String: String], socketPath: String) {
        var environment = environment.filter { !$0.key.hasPrefix("ATTUNED_") && !Self.own.contains($0.key) }
        if environment["PATH"] == nil { environment["PATH"] = TrustedFile.standardPath }
        inherited = environment.map { "\($0.key)=\($0.value)" }
        self.socketPath = socketPath
    }

    func variables(for keyword: HeardKeyword, hook: String) -> [String] {
        let event = keyword.event
        return inherited + [
            "ATTUNED_KEYWORD=\(event.keyword)", "ATTUNED_ID=\(event.id)",
            "ATTUNED_CONFIDENCE=\(event.confidence.probability)", "ATTUNED_THRESHOLD=\(event.threshold.probability)",
            "ATTUNED_TIMESTAMP=\(event.timestamp)", "ATTUNED_START_SAMPLE=\(event.startSample)",
            "ATTUNED_END_SAMPLE=\(event.endSample)", "ATTUNED_LATENCY_MS=\(event.latencyMilliseconds)",
            "ATTUNED_LEVEL_DBFS=\(event.levelDBFS)", "ATTUNED_MODEL=\(event.model)",
            "ATTUNED_MODEL_VERSION=\(event.modelVersion)", "ATTUNED_DEVICE=\(event.device)", "ATTUNED_HOOK=\(hook)",
            "ATTUNED_SOCKET=\(socketPath)",
        ]
    }
}
