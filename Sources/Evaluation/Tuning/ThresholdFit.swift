/// One threshold for each word, so that all words together stay within a budget of false alarms at the fewest misses.
package struct ThresholdFit {
    /// What becomes of one word at each threshold of a sweep, by rising threshold.
    package struct Curve {
        package let misses: [Int]
        package let spoken: Int
        package let alarms: [Int]

        package init(misses: [Int], spoken: Int, alarms: [Int]) {
            self.misses = misses
            self.spoken = spoken
            self.alarms = alarms
        }
    }

    /// For each curve, the position of its threshold in the sweep.
    package private(set) var positions: [Int]

    /// Starts every word at the lowest threshold. While there are too many false alarms, the word rises whose next step
    /// costs the smallest part of its recordings for each alarm that it saves. At last each threshold is set in the middle
    /// of the range that gives the same counts, away from both edges.
    package init(_ curves: [Curve], alarmsAllowed: Int) {
        positions = curves.map { _ in 0 }
        func alarms() -> Int { zip(curves, positions).reduce(0) { $0 + $1.0.alarms[$1.1] } }
        while alarms() > alarmsAllowed, let step = Self.cheapestStep(curves, positions) {
            positions[step.curve] = step.position
        }
        for index in curves.indices { positions[index] = Self.middle(of: curves[index], at: positions[index]) }
    }

    private static func cheapestStep(_ curves: [Curve], _ positions: [Int]) -> (curve: Int, position: Int)? {
        var best: (cost: Double, curve: Int, position: Int)?
        for (index, curve) in curves.enumerated() {
            let now = positions[index]
            for next in curve.misses.indices.dropFirst(now + 1) where curve.alarms[next] < curve.alarms[now] {
                let lost = Double(curve.misses[next] - curve.misses[now]) / Double(max(curve.spoken, 1))
                let cost = lost / Double(curve.alarms[now] - curve.alarms[next])
                if best == nil || cost < best!.cost { best = (cost, index, next) }
            }
        }
        return best.map { ($0.curve, $0.position) }
    }

    private static func middle(of curve: Curve, at position: Int) -> Int {
        let last = curve.misses.indices.last {
            $0 >= position && curve.misses[$0] <= curve.misses[position] && curve.alarms[$0] <= curve.alarms[position]
        }
        return (position + (last ?? position)) / 2
    }
}
