import Glibc

/// Why the capture thread ended.
public enum CaptureEnd: Sendable, Equatable, CustomStringConvertible {
    /// It was told to stop.
    case stopped
    /// The device is gone (ENODEV).
    case disconnected
    /// The device reports overruns without end and never gives a sample, however often it is restarted.
    case unrecoverable
    /// The device failed with this errno, and restarting does not mend that.
    case failed(errno: Int32)

    public var description: String {
        switch self {
        case .stopped: "stopped"
        case .disconnected: "the device is gone"
        case .unrecoverable: "the device overruns without end and gives no samples"
        case .failed(let errno): "the device failed: \(String(cString: strerror(errno)))"
        }
    }

    /// One number for an atomic; 0 means "has not ended".
    var code: Int32 {
        switch self {
        case .stopped: -1
        case .disconnected: -2
        case .unrecoverable: -3
        case .failed(let errno): max(errno, 1)
        }
    }

    init?(code: Int32) {
        switch code {
        case 0: return nil
        case -1: self = .stopped
        case -2: self = .disconnected
        case -3: self = .unrecoverable
        default: self = .failed(errno: code)
        }
    }
}
