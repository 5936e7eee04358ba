internal import CALSA

/// How a device writes one sample of one channel. Native byte order.
public enum SampleFormat: String, Sendable, CaseIterable {
    /// 16-bit integer: what most microphones have.
    case s16
    /// 32-bit integer.
    case s32
    /// 24-bit integer in the low three bytes of four.
    case s24
    /// 24-bit integer in three bytes, little-endian.
    case s24Packed
    /// 32-bit float, nominally in [-1, 1).
    case float32

    /// The size of one sample of one channel.
    public var bytes: Int {
        switch self {
        case .s16: 2
        case .s24Packed: 3
        case .s32, .s24, .float32: 4
        }
    }

    /// The same format in ALSA's words.
    var alsa: snd_pcm_format_t {
        switch self {
        case .s16: SND_PCM_FORMAT_S16
        case .s32: SND_PCM_FORMAT_S32
        case .s24: SND_PCM_FORMAT_S24
        case .s24Packed: SND_PCM_FORMAT_S24_3LE
        case .float32: SND_PCM_FORMAT_FLOAT
        }
    }
}
