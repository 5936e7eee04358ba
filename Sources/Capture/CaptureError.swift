import Glibc
internal import CALSA

/// Why a device cannot be captured from. Each description names the device, says what ALSA said, and what to do.
public enum CaptureError: Error, Equatable, CustomStringConvertible {
    /// No PCM or no card of that name.
    case notFound(device: String, reason: String)
    /// Another program holds the device and shares it with nobody.
    case busy(device: String, reason: String)
    /// This user may not open the device.
    case permissionDenied(device: String, reason: String)
    /// The device opens, but has no rate, format, channel count or access mode that can be used.
    case noUsableFormat(device: String, reason: String)
    /// The device has fewer channels than the one that is wanted, counted from 1.
    case noSuchChannel(device: String, channel: Int, channels: Int)
    /// The device was there and is gone.
    case disconnected(device: String, reason: String)
    /// Anything else that ALSA refused, with its errno.
    case failed(device: String, operation: String, reason: String, errno: Int32)
    /// The capture thread could not be made.
    case noThread(device: String, reason: String)

    public var description: String {
        switch self {
        case .notFound(let device, let reason):
            "there is no capture device \"\(device)\" (\(reason)); run `attune devices` to see what there is"
        case .busy(let device, let reason):
            "the capture device \"\(device)\" is in use (\(reason)); stop the program that has it (`fuser -v /dev/snd/*`), "
                + "or name a PCM that shares it, such as \"default\" or \"dsnoop\""
        case .permissionDenied(let device, let reason):
            "this user may not open the capture device \"\(device)\" (\(reason)); add the user to the group \"audio\""
        case .noUsableFormat(let device, let reason):
            "the capture device \"\(device)\" offers no usable format (\(reason)); try it with \"plug:\" or \"plughw:\" in "
                + "front, or another one of `attune devices`"
        case .noSuchChannel(let device, let channel, let channels):
            // No advice to put "plug" in front, as for formats: it makes up a channel that is not there, of silence.
            "the capture device \"\(device)\" has \(channels == 1 ? "1 channel" : "\(channels) channels"), and channel "
                + "\(channel) is wanted; set capture.channel to mix, or to \(channels == 1 ? "1" : "one from 1 to \(channels)")"
        case .disconnected(let device, let reason):
            "the capture device \"\(device)\" is gone (\(reason)); plug it in again, or choose one of `attune devices`"
        case .failed(let device, let operation, let reason, _):
            "the capture device \"\(device)\" failed to \(operation) (\(reason)); try `arecord -D \(device) /dev/null`, or "
                + "choose one of `attune devices`"
        case .noThread(let device, let reason):
            "cannot capture from \"\(device)\": \(reason)"
        }
    }

    /// The operation of opening, in which an unplugged card is one that was never there.
    static let open = "open"

    /// Makes an error of what ALSA returned and, if it said more on this thread, of what it said.
    package init(device: String, operation: String, code: Int32) {
        let said = String(cString: calsa_message()).trimmedLine
        let meaning = String(cString: snd_strerror(code))
        let reason = said.isEmpty || said == meaning ? meaning : "\(said): \(meaning)"
        self =
            switch -code {
            case ENOENT, ENXIO: .notFound(device: device, reason: reason)
            // A card that is unplugged when it is opened is one that is not there.
            case ENODEV where operation == Self.open: .notFound(device: device, reason: reason)
            case EBUSY: .busy(device: device, reason: reason)
            case EACCES, EPERM: .permissionDenied(device: device, reason: reason)
            case ENODEV: .disconnected(device: device, reason: reason)
            default: .failed(device: device, operation: operation, reason: reason, errno: -code)
            }
    }
}

extension String {
    /// Without line ends and blanks at its end: one reason in a sentence.
    fileprivate var trimmedLine: String {
        var line = self[...]
        while let last = line.last, last.isWhitespace { line.removeLast() }
        return line.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
