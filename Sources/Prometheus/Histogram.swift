/// How long something took, counted.
public struct Histogram: Sendable {
    /// Upper ends of the buckets, in seconds.
    public static let bucketSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

    /// For each end, how many took no longer.
    public private(set) var buckets = [UInt64](repeating: 0, count: bucketSeconds.count)
    public private(set) var count: UInt64 = 0
    /// Of all of them, in seconds.
    public private(set) var sum = 0.0

    public init() {}

    public mutating func add(_ seconds: Double) {
        for (index, end) in Self.bucketSeconds.enumerated() where seconds <= end { buckets[index] += 1 }
        count += 1
        sum += seconds
    }
}
