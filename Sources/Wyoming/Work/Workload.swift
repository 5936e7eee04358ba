/// Where a worker's time goes: what part of it live streams take, and what a second of their audio costs.
struct Workload {
    /// What part of the time live streams take, 0 to 1, half of it in the last second, a quarter in the one before, and so on.
    private(set) var load = 0.0
    private var windowStart: Int64
    /// In nanoseconds, of this window, and of those before it, where the older count less.
    private var busy: Int64 = 0
    private var busyBefore: Int64 = 0
    private var audio: Int64 = 0
    private var audioBefore: Int64 = 0

    private static let window: Int64 = 1_000_000_000

    init(now: Int64) { windowStart = now }

    /// Processor time for a second of live audio, in seconds; 0 before there was any.
    var cost: Double {
        let (busy, audio) = (busy + busyBefore, audio + audioBefore)
        return audio > 0 ? Double(busy) / Double(audio) : 0
    }

    /// So much live audio was heard, and took so long.
    mutating func add(audio: Int64, busy: Int64) {
        self.audio += audio
        self.busy += busy
    }

    /// Whether a window is over with this, and `load` anew.
    mutating func turn(now: Int64) -> Bool {
        guard now - windowStart >= Self.window else { return false }
        load = (load + min(1, Double(busy) / Double(now - windowStart))) / 2
        (busyBefore, audioBefore) = (busyBefore / 2 + busy, audioBefore / 2 + audio)
        (busy, audio, windowStart) = (0, 0, now)
        return true
    }
}
