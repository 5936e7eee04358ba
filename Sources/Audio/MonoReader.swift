import Time

/// A recording as mono samples at one rate, piece by piece: channels are mixed so that none cancels (`ChannelMix`), the rate
/// is converted.
///
/// One thread at a time; memory does not grow with the recording.
public final class MonoReader {
    public let file: AudioFile
    private let rate: Int
    private let mix: ChannelMix
    private let resampler: Resampler?
    private var interleaved: [Float]
    private var mono: [Float]
    private var converted: [Float]
    private var state = State.reading
    private var delivered = 0

    private enum State { case reading, draining, ended }

    /// Samples of the file that are read at once.
    private static let blockSamples = 8192

    /// - Parameter rate: samples a second of what `next` gives.
    public init(_ file: AudioFile, rate: Int = SampleRate.perSecond) {
        self.file = file
        self.rate = rate
        mix = ChannelMix(channels: file.channels, rate: file.sampleRate)
        resampler = file.sampleRate == rate ? nil : Resampler(from: file.sampleRate, to: rate)
        interleaved = Array(repeating: 0, count: Self.blockSamples * file.channels)
        mono = Array(repeating: 0, count: Self.blockSamples)
        converted = Array(repeating: 0, count: resampler?.capacity(for: Self.blockSamples) ?? 0)
    }

    public convenience init(path: String, rate: Int = SampleRate.perSecond) throws(AudioError) {
        self.init(try AudioFile(path: path), rate: rate)
    }

    /// The next samples, -1 to 1, or nil at the end. Throws `AudioError.empty` if there was none at all.
    public func next() throws(AudioError) -> ArraySlice<Float>? {
        while state != .ended {
            let samples = try state == .reading ? readBlock() : drainBlock()
            guard samples.isEmpty else {
                delivered += samples.count
                return samples
            }
        }
        guard delivered > 0 else { throw .empty(file: file.name) }
        return nil
    }

    /// All samples up to a limit; nil if there are more.
    public func readAll(limitSamples: Int) throws(AudioError) -> [Float]? {
        var all: [Float] = []
        while let samples = try next() {
            all += samples
            if all.count > limitSamples { return nil }
        }
        return all
    }

    /// All samples; throws `AudioError.tooLong` if they last longer, known as soon as the file tells or so much was read.
    public func readAll(longestSeconds seconds: Int) throws(AudioError) -> [Float] {
        guard file.statedSeconds <= Double(seconds), let samples = try readAll(limitSamples: seconds * rate) else {
            throw .tooLong(file: file.name, seconds: seconds)
        }
        return samples
    }

    private func readBlock() throws(AudioError) -> ArraySlice<Float> {
        var count = 0
        var failure: AudioError?
        interleaved.withUnsafeMutableBufferPointer { buffer in
            do throws(AudioError) { count = try file.read(into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        guard count > 0 else {
            state = resampler == nil ? .ended : .draining
            return []
        }
        mix.mix(interleaved, count: count, into: &mono)
        guard let resampler else { return mono[..<count] }
        let written = mono.withUnsafeBufferPointer { input in
            converted.withUnsafeMutableBufferPointer { output in
                resampler.process(UnsafeBufferPointer(rebasing: input[..<count]), into: output)
            }
        }
        return converted[..<written]
    }

    private func drainBlock() -> ArraySlice<Float> {
        guard let resampler else { return [] }
        let written = converted.withUnsafeMutableBufferPointer { resampler.finish(into: $0) }
        if written == 0 { state = .ended }
        return converted[..<written]
    }
}
