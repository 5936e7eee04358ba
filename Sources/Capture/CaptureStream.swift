/// The samples of one opening of a microphone, for the listening thread.
///
/// It stays readable after the device was closed, until what was captured is read.
public final class CaptureStream: @unchecked Sendable {
    /// Its name.
    public let device: String
    /// What the device gives, this time.
    public let format: CaptureFormat
    /// One thread at a time.
    public var reader: CaptureReader

    init(_ capturer: Capturer) {
        device = capturer.device
        format = capturer.format
        reader = capturer.makeReader()
    }
}
