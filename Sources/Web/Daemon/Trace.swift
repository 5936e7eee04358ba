import Protocol

/// A number over time: one for each stretch of so many seconds, the oldest forgotten first, none where it was not known.
struct Trace: Sendable {
    let seconds: Int64
    private let most: Int
    private let combine: @Sendable (Double, Double) -> Double
    private var values: [Double?] = []
    /// Stretches since 1970.
    private var last: Int64 = 0

    /// - Parameters:
    ///   - most: stretches that are kept.
    ///   - combine: what one stretch has of two numbers, the older one first.
    init(seconds: Int64, most: Int, combine: @escaping @Sendable (Double, Double) -> Double) {
        self.seconds = seconds
        self.most = most
        self.combine = combine
    }

    /// Takes a number that is so now. A clock that is set back counts on in the newest stretch until it has caught up.
    mutating func add(_ value: Double?, at now: Timestamp) {
        advance(to: now)
        guard let value, let newest = values.indices.last else { return }
        values[newest] = values[newest].map { combine($0, value) } ?? value
    }

    private mutating func advance(to now: Timestamp) {
        let stretch = now.millisecondsSince1970 / (1000 * seconds)
        guard stretch > last || values.isEmpty else { return }
        let missing = values.isEmpty ? 1 : min(stretch - last, Int64(most))
        values.append(contentsOf: repeatElement(nil, count: Int(missing)))
        values.removeFirst(max(0, values.count - most))
        last = stretch
    }

    /// The numbers until now, oldest first; the newest stretch may still change.
    func values(until now: Timestamp) -> [Double?] {
        var copy = self
        copy.advance(to: now)
        return copy.values
    }
}
