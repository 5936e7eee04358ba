/// How late live audio is heard, and whether that grows.
struct Lateness {
    private let longest: Int64
    /// The most since the last look, and before it.
    private var most: Int64 = 0
    private var mostBefore: Int64 = 0
    private var latestLook: Int64 = 0

    /// So often in the longest delay it is looked at.
    private static let looks: Int64 = 20

    /// - Parameter longest: how late it may be, in nanoseconds.
    init(longest: Int64) { self.longest = longest }

    mutating func note(_ late: Int64) { most = max(most, late) }

    /// How late it is if something is to be done about that: more than half of what it may be, and not less than before. A worker
    /// that stood still for a while and catches up is late, too, and needs nothing.
    mutating func look(now: Int64) -> Int64? {
        guard now - latestLook > longest / Self.looks else { return nil }
        defer { (mostBefore, most, latestLook) = (most, 0, now) }
        return most > longest / 2 && most >= mostBefore ? most : nil
    }
}
