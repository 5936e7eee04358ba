/// How often something may be logged: a device that fails a hundred times a minute shall not fill the disk.
package struct LogBudget {
    private let perMinute: Int
    private var minuteBegan: Int64 = .min
    private var taken = 0
    private var refused = 0

    package init(perMinute: Int) { self.perMinute = perMinute }

    /// Whether it may be logged now, and how many were not since the last that was. `now` in monotonic nanoseconds.
    package mutating func take(now: Int64) -> (isGranted: Bool, refusedBefore: Int) {
        if minuteBegan == .min || now - minuteBegan >= 60_000_000_000 { (minuteBegan, taken) = (now, 0) }
        guard taken < perMinute else {
            refused += 1
            return (false, refused)
        }
        taken += 1
        defer { refused = 0 }
        return (true, refused)
    }
}
