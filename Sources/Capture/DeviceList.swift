import Glibc
internal import CALSA

/// The PCMs that ALSA lists for capture: those of the cards, and those of the configuration that have a hint.
public struct DeviceList: Sendable {
    /// One PCM that can be given to `Capturer` by name.
    public struct Device: Sendable, Equatable {
        /// What `device:` in the configuration takes.
        public let name: String
        /// What a person calls it, in one line; may be empty.
        public let description: String
    }

    /// In ALSA's order, with "default" first if there is one.
    public let devices: [Device]

    /// Asks ALSA. Opens no device, so one that is in use is listed too. Empty if ALSA has no configuration.
    public init() {
        calsa_keep_messages()
        var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        guard snd_device_name_hint(-1, "pcm", &hints) == 0, let hints else {
            devices = []
            return
        }
        defer { snd_device_name_free_hint(hints) }
        var found: [Device] = []
        var entry = hints
        while let hint = entry.pointee {
            // No direction means both.
            if let name = Self.text("NAME", of: hint), Self.text("IOID", of: hint) ?? "Input" == "Input" {
                let lines = Self.text("DESC", of: hint)?.split(whereSeparator: \.isNewline) ?? []
                found.append(Device(name: name, description: lines.joined(separator: ", ")))
            }
            entry += 1
        }
        devices = found.filter { $0.name == "default" } + found.filter { $0.name != "default" }
    }

    private static func text(_ key: String, of hint: UnsafeMutableRawPointer) -> String? {
        guard let text = snd_device_name_get_hint(hint, key) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
