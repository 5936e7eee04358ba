/// What a reader may subscribe to: messages that come without being asked for.
public enum EventType: String, Sendable, Hashable, CaseIterable {
    case keyword
    case status
    case gap
    case nearMiss = "near_miss"
    case suppressed
    case shadow

    /// What every reader gets until it asks for something else, so that `nc -U` alone shows what happens.
    public static let defaultSubscription: Set<EventType> = [.keyword, .status]
}
