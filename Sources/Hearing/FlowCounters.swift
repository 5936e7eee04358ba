import Realtime
import Synchronization
import Time

/// What has flowed through an ear: written by its thread alone, read by any. Nothing here waits.
package final class FlowCounters: Sendable {
    package let samples = FlowCounter()
    package let frames = FlowCounter()
    package let inferences = FlowCounter()
    private let gapCount = Atomic<UInt64>(0)
    private let lostSampleCount = Atomic<UInt64>(0)
    private let lateGapCount = Atomic<UInt64>(0)
    private let lateSampleCount = Atomic<UInt64>(0)
    private let constantSampleCount = Atomic<Int>(0)
    private let silenceIsUsual = Atomic<Bool>(false)
    private let roundCount = Atomic<Int>(0)
    private let levelBits = Atomic<UInt64>((-Double.infinity).bitPattern)
    private let peakBits = Atomic<UInt64>((-Double.infinity).bitPattern)
    private let clippedSampleCount = Atomic<UInt64>(0)
    private let processingSumBits = Atomic<UInt64>(0)
    private let processingMaximumBits = Atomic<UInt64>(0)

    /// Root mean square level of about the last second, in dB full scale.
    package var levelDBFS: Double { Double(bitPattern: levelBits.load(ordering: .relaxed)) }

    /// Peak of the last second, or up to half a second more, in dB full scale.
    package var peakDBFS: Double { Double(bitPattern: peakBits.load(ordering: .relaxed)) }
    /// Samples that were cut off at the top.
    package var clippedSamples: UInt64 { clippedSampleCount.load(ordering: .relaxed) }

    /// Places where audio is missing, and how many 16 kHz samples in all of them.
    package var gaps: UInt64 { gapCount.load(ordering: .relaxed) }
    package var lostSamples: UInt64 { lostSampleCount.load(ordering: .relaxed) }
    /// Of these, what was lost because a thread of ours came too late.
    package var lateGaps: UInt64 { lateGapCount.load(ordering: .relaxed) }
    package var lateSamples: UInt64 { lateSampleCount.load(ordering: .relaxed) }

    /// For how long every sample has been the same one: no room is that quiet.
    package var constantSeconds: Double { SampleRate.seconds(constantSampleCount.load(ordering: .relaxed)) }

    /// It is no fault: this microphone is digitally silent between sounds.
    package var isSilenceUsual: Bool { silenceIsUsual.load(ordering: .relaxed) }

    /// How often the listening thread went round: at least every two seconds, audio or not.
    package var rounds: Int { roundCount.load(ordering: .relaxed) }

    // These, on its thread only.

    func countGap(lostSamples: UInt64, isLate: Bool) {
        gapCount.wrappingAdd(1, ordering: .relaxed)
        lostSampleCount.wrappingAdd(lostSamples, ordering: .relaxed)
        guard isLate else { return }
        lateGapCount.wrappingAdd(1, ordering: .relaxed)
        lateSampleCount.wrappingAdd(lostSamples, ordering: .relaxed)
    }

    func note(_ level: LevelMeter) {
        levelBits.store(level.levelDBFS.bitPattern, ordering: .relaxed)
        peakBits.store(level.peakDBFS.bitPattern, ordering: .relaxed)
        clippedSampleCount.store(level.clippedSamples, ordering: .relaxed)
        constantSampleCount.store(level.silence.samples, ordering: .relaxed)
        silenceIsUsual.store(level.silence.isUsual, ordering: .relaxed)
    }

    package func countRound() { roundCount.wrappingAdd(1, ordering: .relaxed) }

    /// Mean seconds that an inference took; 0 before the first.
    package var processingMeanSeconds: Double {
        let count = inferences.total
        return count == 0 ? 0 : Double(bitPattern: processingSumBits.load(ordering: .relaxed)) / Double(count)
    }

    /// The longest inference, in seconds.
    package var processingMaximumSeconds: Double { Double(bitPattern: processingMaximumBits.load(ordering: .relaxed)) }

    /// Adds the time of so many inferences.
    func addProcessing(seconds: Double, inferences: UInt64) {
        let sum = Double(bitPattern: processingSumBits.load(ordering: .relaxed)) + seconds * Double(inferences)
        processingSumBits.store(sum.bitPattern, ordering: .relaxed)
        processingMaximumBits.store(max(processingMaximumSeconds, seconds).bitPattern, ordering: .relaxed)
    }
}

/// A count and when it last grew.
package final class FlowCounter: Sendable {
    private let count = Atomic<UInt64>(0)
    private let advancedNanoseconds = Atomic<Int64>(0)

    package var total: UInt64 { count.load(ordering: .relaxed) }

    /// Seconds since it last grew; nil if it never did.
    package var ageSeconds: Double? {
        let last = advancedNanoseconds.load(ordering: .relaxed)
        return last == 0 ? nil : Double(MonotonicClock.nanoseconds() - last) * 1e-9
    }

    /// On its thread only.
    func advance(to total: UInt64) {
        guard total != count.load(ordering: .relaxed) else { return }
        count.store(total, ordering: .relaxed)
        advancedNanoseconds.store(MonotonicClock.nanoseconds(), ordering: .relaxed)
    }

    /// On its thread only.
    func advance(by amount: UInt64) { advance(to: total + amount) }
}
