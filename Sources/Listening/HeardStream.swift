import Audio
import Capture

/// One opening of the microphone as the listening thread reads it: at 16 kHz, with its place among all samples.
///
/// Allocates in `init` only.
final class HeardStream {
    private let stream: CaptureStream
    private let outputRate: Int
    private let resampler: Resampler?
    private let raw: UnsafeMutableBufferPointer<Float>
    private let resampled: UnsafeMutableBufferPointer<Float>
    /// Where the stream began, and how many of its own samples have come since, those lost included.
    private var origin: UInt64?
    private var readSamples: UInt64 = 0

    init(_ stream: CaptureStream, outputRate: Int) {
        self.stream = stream
        self.outputRate = outputRate
        let rate = stream.format.rate
        resampler = rate == outputRate ? nil : Resampler(from: rate, to: outputRate)
        // A period at a time keeps the load even.
        raw = .allocate(capacity: max(1, rate / 100))
        raw.initialize(repeating: 0)
        resampled = .allocate(capacity: resampler?.capacity(for: raw.count) ?? 0)
        resampled.initialize(repeating: 0)
    }

    deinit {
        raw.deallocate()
        resampled.deallocate()
    }

    /// Its device's name.
    var device: String { stream.device }

    /// How long it may be until the next samples come.
    var longestPeriod: Duration { stream.format.longestPeriod }

    /// Whether no sample of it was heard yet.
    var isNew: Bool { origin == nil }

    /// Reads at most a period; the gap before it, if there is one.
    func read() -> (count: Int, gap: Gap?) { stream.reader.read(into: raw) }

    /// Settles where the samples of this stream lie, before the first of them is heard.
    func begin(at position: UInt64) { origin = position }

    /// Counts what a gap lost, and forgets what the resampler remembers.
    func skip(_ gap: Gap) {
        readSamples += UInt64(gap.lostSamples)
        resampler?.reset()
    }

    /// Where the samples that were just read begin, at the output rate. To be asked before `converted`.
    var position: UInt64 { (origin ?? 0) + readSamples * UInt64(outputRate) / UInt64(stream.format.rate) }

    /// The samples that `read` just gave, at the output rate. Valid until the next call.
    func converted(_ count: Int) -> UnsafeBufferPointer<Float> {
        readSamples += UInt64(count)
        let samples = UnsafeBufferPointer(rebasing: raw[..<count])
        guard let resampler else { return samples }
        return UnsafeBufferPointer(rebasing: resampled[..<resampler.process(samples, into: resampled)])
    }

    /// When a sample at the output rate was recorded, by the clock that goes on while the machine is suspended; nil if none was.
    func nanoseconds(ofSample sample: UInt64) -> Int64? {
        let since = Double(sample) - Double(origin ?? sample)
        return stream.reader.nanoseconds(at: since * Double(stream.format.rate) / Double(outputRate))
    }
}
