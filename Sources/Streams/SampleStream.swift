import Audio
import Realtime
import Time

/// The samples of one source, for the thread that hears them: of one opening of a microphone, say. They come as they were
/// written, in pieces that never cross a gap, and are given at the rate of `SampleRate` with their place among all samples.
///
/// It stays readable after the source was closed, until what was written is read. One thread at a time; allocates in `init`
/// only.
public final class SampleStream: @unchecked Sendable {
    /// What the source is called: a device's name.
    public let name: String
    /// Samples a second, as they are written.
    public let rate: Int
    /// How long it may be until the next samples come.
    public let longestPeriod: Duration

    private var samples: SampleRing.Consumer
    private var gaps: Ring<Gap>.Consumer
    private var anchors: Ring<Anchor>.Consumer
    private var next: Gap?
    private var anchor: Anchor?

    private let resampler: Resampler?
    private let raw: UnsafeMutableBufferPointer<Float>
    private let resampled: UnsafeMutableBufferPointer<Float>
    /// How much silence, at the rate of the source, the resampler is given before each stretch, and how much of it comes out
    /// after that: then it holds back nothing of what follows, and of a hop a hop is heard.
    private var leadIn = (after: 0, held: 0)
    private let silence: [Float]
    /// Where the stream began, and how many of its own samples have come since, those lost included.
    private var origin: UInt64?
    private var readSamples: UInt64 = 0

    package init(
        name: String, rate: Int, longestPeriod: Duration = .milliseconds(10), samples: SampleRing, gaps: Ring<Gap>,
        anchors: Ring<Anchor>
    ) {
        (self.name, self.rate, self.longestPeriod) = (name, rate, longestPeriod)
        self.samples = samples.makeConsumer()
        self.gaps = gaps.makeConsumer()
        self.anchors = anchors.makeConsumer()
        resampler = rate == SampleRate.perSecond ? nil : Resampler(from: rate, to: SampleRate.perSecond)
        // Little at a time keeps the load even.
        raw = .allocate(capacity: max(1, rate / 100))
        raw.initialize(repeating: 0)
        resampled = .allocate(capacity: resampler?.capacity(for: raw.count) ?? 0)
        resampled.initialize(repeating: 0)
        silence = Array(repeating: 0, count: resampler == nil ? 0 : raw.count)
        leadIn = resampler.map { $0.fullest() } ?? (0, 0)
        fillResampler()
    }

    deinit {
        raw.deallocate()
        resampled.deallocate()
    }

    // MARK: - As they were written

    /// How many samples have been read, without those lost: what ``Gap/position`` counts.
    public var readCount: Int { samples.position }

    /// How many samples can be read now; the writer can only make it more.
    public func available() -> Int { samples.available() }

    /// Moves samples to the beginning of `buffer`, in order and never across a gap.
    ///
    /// - Returns: how many samples (0 when there are none now: sleep on the wakeup), and the gap directly before them, if
    ///   there is one: whatever remembers earlier samples starts anew there.
    public func read(into buffer: UnsafeMutableBufferPointer<Float>) -> (count: Int, gap: Gap?) {
        while let newer = anchors.pop() { anchor = newer }
        // First what is there, then the marks: those before any of these samples are visible by then.
        var limit = min(samples.available(), buffer.count)
        guard limit > 0 else { return (0, nil) }
        if next == nil { next = gaps.pop() }
        var passed: Gap?
        if let mark = next, mark.position == samples.position {
            passed = mark
            next = gaps.pop()
        }
        if let mark = next { limit = min(limit, mark.position - samples.position) }
        return (samples.read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<limit])), passed)
    }

    /// When a sample was recorded, by the clock that goes on while the machine is suspended; nil before there was one.
    ///
    /// - Parameter place: of the sample, counted from the first one as they were written, those lost included. Near what was
    ///   just read.
    public func nanoseconds(at place: Double) -> Int64? { anchor?.nanoseconds(at: place) }

    // MARK: - As they are heard

    /// Whether none of it was heard yet.
    package var isNew: Bool { origin == nil }

    /// Reads the next samples, at most a period of 10 ms, to be heard by ``heard(_:)``; returns how many, and the gap before
    /// them.
    package func read() -> (count: Int, gap: Gap?) {
        let (count, gap) = read(into: raw)
        if let gap {
            readSamples += UInt64(gap.lostSamples)
            fillResampler()
        }
        return (count, gap)
    }

    private func fillResampler() {
        guard let resampler else { return }
        resampler.reset()
        silence.withUnsafeBufferPointer { silence in
            for start in stride(from: 0, to: leadIn.after, by: silence.count) {
                let part = UnsafeBufferPointer(rebasing: silence[..<min(silence.count, leadIn.after - start)])
                _ = resampler.process(part, into: resampled)
            }
        }
    }

    /// Settles where the samples of this stream lie, before the first of them is heard.
    package func begin(at position: UInt64) { origin = position }

    /// Where the samples that were just read begin. To be asked before ``heard(_:)``.
    package var position: UInt64 {
        (origin ?? 0) + readSamples * UInt64(SampleRate.perSecond) / UInt64(rate)
    }

    /// The samples that were just read, so many as ``read()`` said. Valid until the next call.
    package func heard(_ count: Int) -> UnsafeBufferPointer<Float> {
        readSamples += UInt64(count)
        let samples = UnsafeBufferPointer(rebasing: raw[..<count])
        guard let resampler else { return samples }
        return UnsafeBufferPointer(rebasing: resampled[..<resampler.process(samples, into: resampled)])
    }

    /// When a sample that was heard was recorded, by the clock that goes on while the machine is suspended; nil if none was.
    package func nanoseconds(ofSample sample: UInt64) -> Int64? {
        let since = Double(sample) - Double(origin ?? sample)
        return nanoseconds(at: since * Double(rate) / Double(SampleRate.perSecond) - Double(leadIn.held))
    }
}
