/// The format of a client's audio: whole numbers, little-endian, channels interleaved. One byte is unsigned, as in a WAV
/// file and from `arecord`; more are signed.
struct PCMFormat: Sendable, Equatable {
    /// Samples a second.
    let rate: Int
    /// Bytes of a sample.
    let width: Int
    let channels: Int

    static let rates = 4000...384_000
    static let widths = 1...4
    static let channelCounts = 1...16
    /// 48,000 samples of eight channels of four bytes, 192,000 of two.
    static let mostBytesPerSecond = 1_536_000

    init(rate: Int, width: Int, channels: Int) throws(ClientError) {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(ClientError) {
            guard range.contains(value) else {
                throw ClientError(
                    .badAudio, "\(name) is \(value), must be from \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try check("rate", rate, Self.rates)
        try check("width", width, Self.widths)
        try check("channels", channels, Self.channelCounts)
        guard rate * width * channels <= Self.mostBytesPerSecond else {
            throw ClientError(
                .badAudio,
                "\(rate) samples a second of \(channels) channels of \(width) bytes are more than "
                    + "\(Self.mostBytesPerSecond) bytes a second; send 16000, 1, 2")
        }
        (self.rate, self.width, self.channels) = (rate, width, channels)
    }

    /// Nil if no part of it is told.
    init?(_ fields: AudioFields) throws(ClientError) {
        guard fields.rate != nil || fields.width != nil || fields.channels != nil else { return nil }
        guard let rate = fields.rate, let width = fields.width, let channels = fields.channels else {
            throw ClientError(.badData, "audio needs rate, width and channels: \(AudioFields.example)")
        }
        try self.init(rate: rate, width: width, channels: channels)
    }

    /// Bytes of one sample of all channels.
    var sampleBytes: Int { width * channels }

    var bytesPerSecond: Int { rate * sampleBytes }
}
