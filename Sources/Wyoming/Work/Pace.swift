/// How a stream's audio goes against the clock: whether it is live, or an upload that comes faster.
struct Pace {
    /// Audio less time, in nanoseconds.
    private var lead: Int64 = 0
    private var latest: Int64

    /// A client's clock may be so much faster, in hundredths, and it is live all the same.
    private static let tolerance: Int64 = 2
    /// What a live client may bring at once after a pause of the network, and what a new one may bring with it.
    private static let mostCatchUp: Int64 = 5_000_000_000
    private static let mostLead: Int64 = 1_000_000_000

    init(now: Int64) { latest = now }

    /// Adds audio, and tells whether the stream is ahead of its time.
    mutating func add(nanoseconds audio: Int64, now: Int64) -> Bool {
        let passed = max(0, now - latest)
        latest = now
        lead = max(-Self.mostCatchUp, lead - passed - passed / 100 * Self.tolerance) + audio
        return lead > Self.mostLead
    }
}
