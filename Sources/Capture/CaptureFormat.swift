/// What a device really gives, as read back from it after the negotiation.
public struct CaptureFormat: Sendable, Equatable {
    /// Samples a second, of each channel.
    public let rate: Int
    /// How a sample is written.
    public let sampleFormat: SampleFormat
    /// Interleaved channels; the capture thread makes one of them.
    public let channels: Int
    /// How many samples (of each channel) the device hands over at a time: a hop, where it can.
    public let periodSamples: Int
    /// How many samples the device keeps for a late reader before it loses some: 500 ms or more where the device has
    /// it.
    public let bufferSamples: Int

    /// What the capture thread hands on at a time: a hop of the network's windows, 80 ms. Less would wake the threads for what
    /// nobody can decide on yet.
    public var hopSamples: Int { rate * 80 / 1000 }

    /// How long the reader may be late before samples are lost.
    public var buffer: Duration { .seconds(Double(bufferSamples) / Double(rate)) }

    /// How long a device with the slowest plausible clock takes for a period: no samples come before that.
    public var longestPeriod: Duration {
        .seconds(Double(periodSamples) / Double(rate) / DeviceClock.plausible.lowerBound)
    }

    package init(rate: Int, sampleFormat: SampleFormat, channels: Int, periodSamples: Int, bufferSamples: Int) {
        self.rate = rate
        self.sampleFormat = sampleFormat
        self.channels = channels
        self.periodSamples = periodSamples
        self.bufferSamples = bufferSamples
    }
}
