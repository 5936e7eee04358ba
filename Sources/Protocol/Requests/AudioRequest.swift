/// Which part of what was heard a reader wants.
public struct AudioRequest: Sendable, Equatable {
    /// Where it begins.
    public enum Start: Sendable, Equatable {
        /// So many milliseconds before the word of an event began.
        case beforeEvent(id: UInt64, milliseconds: Int)
        /// At a sample, counted like those of events.
        case sample(UInt64)
    }

    public var start: Start
    /// How long it is in milliseconds; nil goes on with what is heard live until the reader closes the connection.
    public var milliseconds: Int?

    public init(start: Start, milliseconds: Int?) {
        self.start = start
        self.milliseconds = milliseconds
    }

    /// The longest that may be asked for at once.
    static let longestMilliseconds = 3_600_000
}
