/// Whether audio is lost again and again: not by one accident, but by a machine that is too busy.
struct LossMeter {
    private static let spanNanoseconds: Int64 = 10_000_000_000
    /// So many losses in that span, of so much of its samples.
    private static let leastGaps: UInt64 = 3
    private static let leastPart = 0.1

    private var marks: [(now: Int64, samples: UInt64, gaps: UInt64, lost: UInt64)] = []

    /// Takes the counts of now, lost samples included in `samples`, and judges about the last 10 s.
    mutating func isLosing(samples: UInt64, gaps: UInt64, lost: UInt64, now: Int64) -> Bool {
        marks.append((now, samples, gaps, lost))
        while marks.count > 2, now - marks[1].now >= Self.spanNanoseconds { marks.removeFirst() }
        let first = marks[0]
        return gaps - first.gaps >= Self.leastGaps
            && Double(lost - first.lost) > Self.leastPart * Double(samples - first.samples)
    }
}
