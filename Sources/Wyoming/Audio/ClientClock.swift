/// Where the samples of a stream lie in its client's time, known from the timestamps of its chunks.
///
/// Between two chunks time goes evenly, so that the unit does not matter: most clients count milliseconds, some nanoseconds.
/// After the latest one it goes in milliseconds; without any, it is milliseconds since the stream began. Remembers at least
/// the last two seconds.
struct ClientClock {
    private var known: [(sample: UInt64, time: Double)] = []

    private static let capacity = 64
    /// 40 ms: what lies closer together is not kept apart.
    private static let leastSamples: UInt64 = 640
    private static let samplesPerMillisecond = 16.0

    /// Learns that the sample was recorded at that time. Samples never go back.
    mutating func set(_ time: Double, at sample: UInt64) {
        if known.count > 1, sample - known[known.count - 2].sample < Self.leastSamples { known.removeLast() }
        if known.count == Self.capacity { known.removeFirst() }
        known.append((sample, time))
    }

    func time(of sample: UInt64) -> Int {
        whole(exactTime(of: sample))
    }

    private func exactTime(of sample: UInt64) -> Double {
        guard let first = known.first else { return Double(sample) / Self.samplesPerMillisecond }
        guard sample > first.sample else {
            return first.time - Double(first.sample - sample) / Self.samplesPerMillisecond
        }
        let next = known.firstIndex { $0.sample >= sample } ?? known.endIndex
        let before = known[next - 1]
        let passed = Double(sample - before.sample)
        guard next < known.endIndex else { return before.time + passed / Self.samplesPerMillisecond }
        let after = known[next]
        return before.time + (after.time - before.time) * passed / Double(after.sample - before.sample)
    }

    /// Within what JSON carries exactly; timestamps themselves are.
    private func whole(_ time: Double) -> Int { Int(max(-0x1p53, min(0x1p53, time.rounded()))) }
}
