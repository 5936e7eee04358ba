/// The answer to `devices`: what can be captured from, as the daemon sees it.
public struct DevicesAnswer: SocketMessage, Equatable {
    public static let type = "devices"

    /// A device that can be chosen.
    public struct Device: Sendable, Equatable, Decodable {
        /// Its ALSA name.
        public var name: String
        /// What a person calls it; may be empty.
        public var description: String

        public init(name: String, description: String) {
            self.name = name
            self.description = description
        }
    }

    /// The one that is listened to, or waited for.
    public var device: String
    /// The one of the configuration.
    public var configured: String
    public var devices: [Device]

    public init(device: String, configured: String, devices: [Device]) {
        self.device = device
        self.configured = configured
        self.devices = devices
    }

    public func addFields(to line: inout JSONLine) {
        line.add("device", device)
        line.add("configured", configured)
        line.add(
            "devices",
            devices.map { device in
                var line = JSONLine()
                line.add("name", device.name)
                line.add("description", device.description)
                return line
            })
    }
}

/// The answer to `set_device`: what is listened to from now on.
public struct SetDeviceAnswer: SocketMessage, Equatable {
    public static let type = "set_device"

    public var device: String
    /// Whether it outlives a restart.
    public var kept: Bool

    public init(device: String, kept: Bool) {
        self.device = device
        self.kept = kept
    }

    public func addFields(to line: inout JSONLine) {
        line.add("device", device)
        line.add("kept", kept)
    }
}
