/// The end of a replay: the answer to `events`, after the keyword lines themselves.
public struct EventsAnswer: SocketMessage, Equatable {
    public static let type = "events"

    /// How many events were replayed.
    public var count: Int
    /// Id of the newest event, of an earlier run too; 0 before there was one.
    public var newestID: UInt64
    /// Events after `since` are missing, because the daemon remembers only the last of them.
    public var incomplete: Bool

    public init(count: Int, newestID: UInt64, incomplete: Bool) {
        self.count = count
        self.newestID = newestID
        self.incomplete = incomplete
    }

    enum CodingKeys: String, CodingKey {
        case count, incomplete
        case newestID = "newest_id"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.count, count)
        line.add(CodingKeys.newestID, newestID)
        line.add(CodingKeys.incomplete, incomplete)
    }
}
