import Capture
import ServiceSettings

extension Settings {
    /// What differs from earlier settings, and what of it waits for a restart, in words for a person.
    func changes(since before: Settings) -> String {
        let live = [
            ("capture", capture.source != before.capture.source), ("words", words != before.words),
            ("detection", detection != before.detection), ("learn", learn != before.learn),
            ("log.level", log.level != before.log.level),
        ].filter(\.1).map(\.0)
        let later = [
            ("capture.keep_seconds", capture.keepSeconds != before.capture.keepSeconds),
            ("model", model != before.model),
            ("socket", socket != before.socket), ("log.format", log.format != before.log.format),
        ].filter(\.1).map(\.0)
        var parts = [live.isEmpty ? "nothing changed" : "\(live.joined(separator: ", ")) changed"]
        if !later.isEmpty { parts.append("\(later.joined(separator: ", ")) changes with a restart of the daemon") }
        return parts.joined(separator: "; ")
    }
}

extension Settings.Capture {
    /// What is to be opened.
    var source: Microphone.Source {
        Microphone.Source(device: device, channel: channel.policy, realtimePriority: realtimePriority)
    }
}

extension CaptureChannel {
    /// As capture counts: from 0.
    var policy: ChannelPolicy {
        switch self {
        case .mix: .mix
        case .number(let number): .channel(number - 1)
        }
    }
}
