/// What a device really gives, as read back from it after the negotiation.
public struct CaptureFormat: Sendable, Equatable {
    /// Samples a second, of each channel.
    public let rate: Int
    /// How a sample is written.
    public let sampleFormat: SampleFormat
    /// Interleaved channels; the capture thread makes one of them.
    public let channels: Int
    /// How many samples (of each channel) the device hands over at a time: about 10 ms.
    public let periodSamples: Int
    /// How many samples the device keeps for a late reader before it loses some: 500 ms or more where the device has
    /// it.
    public let bufferSamples: Int

    /// How long the reader may be late before samples are lost.
    public var buffer: Duration { .seconds(Double(bufferSamples) / Double(rate)) }
}
