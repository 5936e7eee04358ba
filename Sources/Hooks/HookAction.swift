import Protocol

/// A keyword for a hook: the event, and the line as the daemon sent it.
public struct HeardKeyword: Sendable {
    public let event: KeywordEvent
    public let line: String

    public init(_ event: KeywordEvent, line: String) {
        self.event = event
        self.line = line
    }
}

/// How one run of a hook ended.
public enum HookResult: Sendable, Equatable {
    case done
    /// In words, for the log.
    case failed(String)
    /// It had not ended in its time, and was.
    case timedOut
    /// Everything was to stop.
    case stopped
}

/// What a hook does, on a thread of its own.
public protocol HookAction: Sendable {
    /// Does it, and waits until it is done, has failed or was ended: by the hook's time limit, or as soon as `stop` is given.
    func perform(_ keyword: HeardKeyword, until stop: StopSignal) -> HookResult
}
