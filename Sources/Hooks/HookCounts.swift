/// How often a hook ran, and how that ended.
public struct HookCounts: Sendable, Equatable, CustomStringConvertible {
    /// Runs that have ended, those that failed or took too long among them.
    public var ran = 0
    public var failed = 0
    public var timedOut = 0
    /// Events that came while it ran, and for which there was no room.
    public var dropped = 0

    public init() {}

    mutating func count(_ result: HookResult) {
        ran += 1
        switch result {
        case .done, .stopped: break
        case .failed: failed += 1
        case .timedOut: timedOut += 1
        }
    }

    public var description: String { "ran \(ran), failed \(failed), timed out \(timedOut), dropped \(dropped)" }
}
