import Realtime
import Synchronization
import Time

/// What the capture thread counts, for any thread to read. Each number is exact; together they are of nearly the same
/// moment.
package final class CaptureCounters: Sendable {
    private let periods = Atomic<Int>(0)
    private let samples = Atomic<Int>(0)
    private let lastRead = Atomic<Int64>(0)
    private let overruns = Atomic<Int>(0)
    private let suspensions = Atomic<Int>(0)
    private let idleWaits = Atomic<Int>(0)
    private let gaps = Atomic<Int>(0)
    private let lostSamples = Atomic<Int>(0)
    private let lastError = Atomic<Int32>(0)
    private let longestDelay = Atomic<Int64>(0)
    private let fullestRing = Atomic<Int>(0)
    private let clockBits = Atomic<UInt64>(Double.nan.bitPattern)
    private let turnedChannels = Atomic<UInt64>(0)
    private let isBesideSound = Atomic<Bool>(false)

    package init() {}

    func countRead(samples count: Int) {
        periods.wrappingAdd(1, ordering: .relaxed)
        samples.wrappingAdd(count, ordering: .relaxed)
        lastRead.store(MonotonicClock.nanoseconds(), ordering: .relaxed)
    }

    func countOverrun() { overruns.wrappingAdd(1, ordering: .relaxed) }

    func countSuspension() { suspensions.wrappingAdd(1, ordering: .relaxed) }

    func countIdleWait() { idleWaits.wrappingAdd(1, ordering: .relaxed) }

    /// How many gaps were marked, and what is missing in them.
    func note(gaps: Int, lostSamples: Int) {
        self.gaps.store(gaps, ordering: .relaxed)
        self.lostSamples.store(lostSamples, ordering: .relaxed)
    }

    /// How late the thread came for a period, and how full the ring is.
    func note(delayNanoseconds: Int64, ringMillionths: Int) {
        longestDelay.max(delayNanoseconds, ordering: .relaxed)
        fullestRing.max(ringMillionths, ordering: .relaxed)
    }

    /// How the device's clock goes, and what became of its channels.
    func note(partsPerMillion: Double?, turnedChannels: UInt64, isBesideSound: Bool) {
        clockBits.store((partsPerMillion ?? .nan).bitPattern, ordering: .relaxed)
        self.turnedChannels.store(turnedChannels, ordering: .relaxed)
        self.isBesideSound.store(isBesideSound, ordering: .relaxed)
    }

    func note(errno: Int32) { lastError.store(errno, ordering: .relaxed) }

    package func snapshot(refused: Int) -> CaptureCounts {
        let clock = Double(bitPattern: clockBits.load(ordering: .relaxed))
        return CaptureCounts(
            periods: periods.load(ordering: .relaxed), samples: samples.load(ordering: .relaxed),
            lastReadNanoseconds: lastRead.load(ordering: .relaxed),
            overruns: overruns.load(ordering: .relaxed), suspensions: suspensions.load(ordering: .relaxed),
            idleWaits: idleWaits.load(ordering: .relaxed), gaps: gaps.load(ordering: .relaxed),
            lostSamples: lostSamples.load(ordering: .relaxed), refusedSamples: refused,
            lastErrno: lastError.load(ordering: .relaxed),
            longestDelayNanoseconds: longestDelay.load(ordering: .relaxed),
            fullestRing: Double(fullestRing.load(ordering: .relaxed)) * 1e-6,
            clockPartsPerMillion: clock.isNaN ? nil : clock,
            turnedChannels: turnedChannels.load(ordering: .relaxed),
            isBesideSound: isBesideSound.load(ordering: .relaxed))
    }
}

/// What has happened on the capture thread since it started.
public struct CaptureCounts: Sendable, Equatable {
    /// Before anything has.
    public static let none = CaptureCounts(
        periods: 0, samples: 0, lastReadNanoseconds: 0, overruns: 0, suspensions: 0, idleWaits: 0, gaps: 0,
        lostSamples: 0, refusedSamples: 0,
        lastErrno: 0, longestDelayNanoseconds: 0, fullestRing: 0, clockPartsPerMillion: nil, turnedChannels: 0,
        isBesideSound: false)

    /// Reads that gave samples. Advances about twelve times a second while the device works.
    public let periods: Int
    /// Samples read from the device, at its rate, whether the ring took them or not.
    public let samples: Int
    /// When samples were last read, on the clock of `MonotonicClock`; 0 before there were any.
    public let lastReadNanoseconds: Int64
    /// Overruns (xruns) recovered from.
    public let overruns: Int
    /// Suspensions recovered from.
    public let suspensions: Int
    /// Waits of 100 ms in which the device gave nothing.
    public let idleWaits: Int
    /// Gaps marked for the reader.
    public let gaps: Int
    /// Samples missing in those gaps.
    public let lostSamples: Int
    /// Samples read but dropped because the ring was full.
    public let refusedSamples: Int
    /// The last error's errno, 0 if there was none.
    public let lastErrno: Int32
    /// The latest that the thread came for a period that was complete, by what had gathered in the device meanwhile.
    public let longestDelayNanoseconds: Int64
    /// The fullest that the ring was, 0 to 1.
    public let fullestRing: Double
    /// How much faster than its nominal rate the device records, in millionths, by the machine's clock; nil for the first ten
    /// seconds, and for what has no clock.
    public let clockPartsPerMillion: Double?
    /// The channels that are opposite to the others, and turned over before they are mixed: bit 0 is the first one.
    public let turnedChannels: UInt64
    /// The one channel that is listened to is digital silence, and another one of the device is not.
    public let isBesideSound: Bool
}

extension CaptureCounts {
    /// Of two captures, the right one the later.
    static func + (left: CaptureCounts, right: CaptureCounts) -> CaptureCounts {
        CaptureCounts(
            periods: left.periods + right.periods, samples: left.samples + right.samples,
            lastReadNanoseconds: max(left.lastReadNanoseconds, right.lastReadNanoseconds),
            overruns: left.overruns + right.overruns, suspensions: left.suspensions + right.suspensions,
            idleWaits: left.idleWaits + right.idleWaits, gaps: left.gaps + right.gaps,
            lostSamples: left.lostSamples + right.lostSamples,
            refusedSamples: left.refusedSamples + right.refusedSamples,
            lastErrno: right.lastErrno != 0 ? right.lastErrno : left.lastErrno,
            longestDelayNanoseconds: max(left.longestDelayNanoseconds, right.longestDelayNanoseconds),
            fullestRing: max(left.fullestRing, right.fullestRing), clockPartsPerMillion: right.clockPartsPerMillion,
            turnedChannels: right.turnedChannels, isBesideSound: right.isBesideSound)
    }
}
