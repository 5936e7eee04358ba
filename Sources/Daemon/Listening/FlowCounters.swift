import Realtime
import Synchronization

/// What has flowed through the listening thread: written by it alone, read by any thread. Nothing here waits.
final class FlowCounters: Sendable {
    let samples = FlowCounter()
    let frames = FlowCounter()
    let inferences = FlowCounter()
    private let levelBits = Atomic<UInt64>((-Double.infinity).bitPattern)
    private let processingSumBits = Atomic<UInt64>(0)
    private let processingMaximumBits = Atomic<UInt64>(0)

    /// Root mean square level of about the last second, in dB full scale.
    var levelDBFS: Double {
        get { Double(bitPattern: levelBits.load(ordering: .relaxed)) }
        set { levelBits.store(newValue.bitPattern, ordering: .relaxed) }
    }

    /// Mean seconds that an inference took; 0 before the first.
    var processingMeanSeconds: Double {
        let count = inferences.total
        return count == 0 ? 0 : Double(bitPattern: processingSumBits.load(ordering: .relaxed)) / Double(count)
    }

    /// The longest inference, in seconds.
    var processingMaximumSeconds: Double { Double(bitPattern: processingMaximumBits.load(ordering: .relaxed)) }

    /// Adds the time of so many inferences. Listening thread only.
    func addProcessing(seconds: Double, inferences: UInt64) {
        let sum = Double(bitPattern: processingSumBits.load(ordering: .relaxed)) + seconds * Double(inferences)
        processingSumBits.store(sum.bitPattern, ordering: .relaxed)
        processingMaximumBits.store(max(processingMaximumSeconds, seconds).bitPattern, ordering: .relaxed)
    }
}

/// A count and when it last grew.
final class FlowCounter: Sendable {
    private let count = Atomic<UInt64>(0)
    private let advancedNanoseconds = Atomic<Int64>(0)

    var total: UInt64 { count.load(ordering: .relaxed) }

    /// Seconds since it last grew; nil if it never did.
    var ageSeconds: Double? {
        let last = advancedNanoseconds.load(ordering: .relaxed)
        return last == 0 ? nil : Double(MonotonicClock.nanoseconds() - last) * 1e-9
    }

    /// Listening thread only.
    func advance(to total: UInt64) {
        guard total != count.load(ordering: .relaxed) else { return }
        count.store(total, ordering: .relaxed)
        advancedNanoseconds.store(MonotonicClock.nanoseconds(), ordering: .relaxed)
    }
}
