/// What the daemon is doing, as a reader of the socket sees it.
public enum DaemonState: String, Sendable, Hashable, CaseIterable, Decodable {
    /// Loading the model and opening the device; no audio has flowed yet.
    case starting
    /// Audio flows and is searched for keywords.
    case listening
    /// Somebody asked for silence: the device is closed until `unmute`.
    case muted
    /// The device is open, but no audio comes out of it.
    case stalled
    /// Audio flows, but it is digital silence from a microphone that gives none between sounds, or much of it is lost.
    case degraded
    /// There is no device to listen to; it is tried again and again.
    case noDevice = "no_device"
    /// The daemon is leaving.
    case stopping
}

extension DaemonState: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) { rawValue.appendJSON(to: &bytes) }
}
