internal import CALSA

/// Settles what an open PCM shall give: access, format, channels, rate, then buffer and period.
///
/// Asks for the best first and takes what there is; then reads back what it got, because a device may round everything.
struct HardwareNegotiation {
    let device: String
    let pcm: OpaquePointer
    let channel: ChannelPolicy

    /// Rates to ask for, the best first: ours, then whole multiples of it, then what other devices have. The PCM's own
    /// converters are off, because ALSA's linear one folds high frequencies into the speech band.
    static let preferredRates: [UInt32] = [
        16_000, 48_000, 32_000, 96_000, 44_100, 24_000, 22_050, 88_200, 64_000, 192_000, 176_400, 11_025, 8_000,
    ]
    /// Formats to ask for, the best first.
    static let preferredFormats: [SampleFormat] = [.s16, .s32, .s24, .s24Packed, .float32]
    /// How much a late reader may sleep without loss, at least where the device has it; asked for are eight hops.
    static let leastBufferMicroseconds: UInt32 = 500_000
    static let bufferMicroseconds: UInt32 = 640_000
    /// How often the capture thread wakes: once a hop.
    static let periodMicroseconds: UInt32 = 80_000
    /// A reader shall have so many periods to be late in.
    static let leastPeriods: UInt32 = 4

    /// Configures the PCM and prepares it. The second value tells whether it can be read by memory mapping only.
    func settle() throws(CaptureError) -> (CaptureFormat, isMapped: Bool) {
        var allocated: OpaquePointer?
        try check(snd_pcm_hw_params_malloc(&allocated), "allocate its parameters")
        guard let parameters = allocated else { throw unusable("no memory for its parameters") }
        defer { snd_pcm_hw_params_free(parameters) }
        guard snd_pcm_hw_params_any(pcm, parameters) >= 0 else { throw unusable("it has no configuration at all") }

        let isMapped = try settleAccess(parameters)
        // Not every PCM knows this setting; one that does not has no converter to switch off.
        _ = snd_pcm_hw_params_set_rate_resample(pcm, parameters, 0)
        let format = try settleFormat(parameters)
        try settleChannels(parameters)
        try settleRate(parameters)
        try settleTimes(parameters)
        try check(snd_pcm_hw_params(pcm, parameters), "take its parameters")

        let settled = try readBack(parameters, format: format)
        try settleSoftware(settled)
        try check(snd_pcm_prepare(pcm), "prepare")
        return (settled, isMapped)
    }

    private func settleAccess(_ parameters: OpaquePointer) throws(CaptureError) -> Bool {
        if snd_pcm_hw_params_set_access(pcm, parameters, SND_PCM_ACCESS_RW_INTERLEAVED) >= 0 { return false }
        if snd_pcm_hw_params_set_access(pcm, parameters, SND_PCM_ACCESS_MMAP_INTERLEAVED) >= 0 { return true }
        throw unusable("its channels are not interleaved")
    }

    private func settleFormat(_ parameters: OpaquePointer) throws(CaptureError) -> SampleFormat {
        for format in Self.preferredFormats
        where snd_pcm_hw_params_set_format(pcm, parameters, format.alsa) >= 0 { return format }
        throw unusable("none of its sample formats is one of \(Self.preferredFormats.map(\.rawValue))")
    }

    private func settleChannels(_ parameters: OpaquePointer) throws(CaptureError) {
        // A file of raw samples does not say how many channels it has: one, unless the configuration says more.
        let isRawFile = channel == .mix && snd_pcm_type(pcm) == SND_PCM_TYPE_FILE
        for count in isRawFile ? [1] : channel.preferredChannels
        where snd_pcm_hw_params_set_channels(pcm, parameters, UInt32(count)) >= 0 { return }
        var least = UInt32(channel.minimumChannels)
        if snd_pcm_hw_params_set_channels_min(pcm, parameters, &least) >= 0,
            snd_pcm_hw_params_set_channels_first(pcm, parameters, &least) >= 0
        {
            return
        }
        var most: UInt32 = 0
        snd_pcm_hw_params_get_channels_max(parameters, &most)
        throw .noSuchChannel(device: device, channel: channel.minimumChannels, channels: Int(most))
    }

    private func settleRate(_ parameters: OpaquePointer) throws(CaptureError) {
        for rate in Self.preferredRates where snd_pcm_hw_params_set_rate(pcm, parameters, rate, 0) >= 0 { return }
        var nearest = Self.preferredRates[0]
        try check(snd_pcm_hw_params_set_rate_near(pcm, parameters, &nearest, nil), "set a rate")
    }

    private func settleTimes(_ parameters: OpaquePointer) throws(CaptureError) {
        var least = Self.leastBufferMicroseconds
        _ = snd_pcm_hw_params_set_buffer_time_min(pcm, parameters, &least, nil)
        // Exactly a hop, so that a window is complete when a period is. A device that has none, or too little buffer for it,
        // shall rather make its periods longer than have less buffer: there the buffer comes first.
        var most: UInt32 = 0
        snd_pcm_hw_params_get_buffer_time_max(parameters, &most, nil)
        let isHop =
            most >= Self.leastPeriods * Self.periodMicroseconds
            && snd_pcm_hw_params_set_period_time(pcm, parameters, Self.periodMicroseconds, 0) >= 0
        var bufferTime = Self.bufferMicroseconds
        try check(snd_pcm_hw_params_set_buffer_time_near(pcm, parameters, &bufferTime, nil), "set its buffer")
        guard !isHop else { return }
        var periodTime = min(Self.periodMicroseconds, bufferTime / Self.leastPeriods)
        try check(snd_pcm_hw_params_set_period_time_near(pcm, parameters, &periodTime, nil), "set its period")
    }

    private func readBack(_ parameters: OpaquePointer, format: SampleFormat) throws(CaptureError) -> CaptureFormat {
        var rate: UInt32 = 0
        var channels: UInt32 = 0
        var period: snd_pcm_uframes_t = 0
        var buffer: snd_pcm_uframes_t = 0
        try check(snd_pcm_hw_params_get_rate(parameters, &rate, nil), "tell its rate")
        try check(snd_pcm_hw_params_get_channels(parameters, &channels), "tell its channels")
        try check(snd_pcm_hw_params_get_period_size(parameters, &period, nil), "tell its period")
        try check(snd_pcm_hw_params_get_buffer_size(parameters, &buffer), "tell its buffer")
        guard rate >= 4_000, period >= 1, buffer >= period, channels >= 1 else {
            throw unusable("\(rate) samples a second, \(channels) channels, a period of \(period) of \(buffer) samples")
        }
        return CaptureFormat(
            rate: Int(rate), sampleFormat: format, channels: Int(channels), periodSamples: Int(period),
            bufferSamples: Int(buffer))
    }

    /// Wakes the reader when a whole period is there, and lets an overrun stop the stream, so that it is seen.
    private func settleSoftware(_ settled: CaptureFormat) throws(CaptureError) {
        var allocated: OpaquePointer?
        try check(snd_pcm_sw_params_malloc(&allocated), "allocate its parameters")
        guard let parameters = allocated else { throw unusable("no memory for its parameters") }
        defer { snd_pcm_sw_params_free(parameters) }
        try check(snd_pcm_sw_params_current(pcm, parameters), "tell its settings")
        try check(
            snd_pcm_sw_params_set_avail_min(pcm, parameters, snd_pcm_uframes_t(settled.periodSamples)),
            "set how much wakes the reader")
        try check(
            snd_pcm_sw_params_set_stop_threshold(pcm, parameters, snd_pcm_uframes_t(settled.bufferSamples)),
            "set when it overruns")
        try check(snd_pcm_sw_params(pcm, parameters), "take its settings")
    }

    private func unusable(_ reason: String) -> CaptureError { .noUsableFormat(device: device, reason: reason) }

    private func check(_ code: Int32, _ operation: String) throws(CaptureError) {
        if code < 0 { throw CaptureError(device: device, operation: operation, code: code) }
    }
}
