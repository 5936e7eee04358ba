import NIOCore

/// How many requests of one reader are answered in each second; the others wait for the next.
package struct RequestAllowance {
    private let perSecond: Int
    private var taken = 0
    /// When the allowance is whole again.
    package private(set) var renewal = NIODeadline.uptimeNanoseconds(0)

    package init(perSecond: Int) {
        self.perSecond = perSecond
    }

    /// Takes one, or returns false until ``renewal``.
    package mutating func take(now: NIODeadline) -> Bool {
        if now >= renewal {
            renewal = now + .seconds(1)
            taken = 0
        }
        guard taken < perSecond else { return false }
        taken += 1
        return true
    }
}
