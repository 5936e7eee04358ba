import Logging
import Synchronization

/// The level that all loggers of the daemon share, so that a reload of the configuration changes it for all of them.
public final class LogThreshold: Sendable {
    private let value: Atomic<Int>

    public init(_ level: Logger.Level) {
        value = Atomic(Self.order(of: level))
    }

    /// Messages of that level and above are written. Any thread.
    public var level: Logger.Level {
        get { Logger.Level.allCases[value.load(ordering: .relaxed)] }
        set { value.store(Self.order(of: newValue), ordering: .relaxed) }
    }

    private static func order(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
