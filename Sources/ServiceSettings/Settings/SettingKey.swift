import Logging

/// One setting: its name, what it may be, and its place in ``Settings``.
///
/// ``all`` is the only list of settings: the file, the environment, the command line and the checks are read off it.
package struct SettingKey: Sendable {
    /// Full name, section and key: `capture.device`.
    package let name: String
    let value: SettingValue

    /// `capture.device` is `ATTUNED_CAPTURE_DEVICE`.
    package var environmentName: String {
        "ATTUNED_" + name.uppercased().replacing(".", with: "_")
    }

    var section: String { String(name.prefix { $0 != "." }) }
    var key: String { String(name.drop { $0 != "." }.dropFirst()) }

    private init(_ name: String, _ value: SettingValue) {
        self.name = name
        self.value = value
    }

    package static let all: [SettingKey] = [
        SettingKey(
            "capture.device", .text(\.capture.device, meaning: "the name of an ALSA device, see attune devices")),
        SettingKey(
            "capture.channel",
            .other("\"mix\" or the number of a channel from 1 to 64", isNumber: true) { text, settings in
                if text == "mix" {
                    settings.capture.channel = .mix
                } else if let number = Int(text), (1...64).contains(number) {
                    settings.capture.channel = .number(number)
                } else {
                    return false
                }
                return true
            }),
        SettingKey("capture.realtime_priority", .whole(\.capture.realtimePriority, 0...99)),
        SettingKey("capture.keep_seconds", .whole(\.capture.keepSeconds, 0...600)),
        SettingKey("model.shadow", .text(\.model.shadow, meaning: "the folder of a model", mayBeEmpty: true)),
        SettingKey("model.path", .text(\.model.path, meaning: "the folder of a model", mayBeEmpty: true)),
        SettingKey(
            "detection.smoothing_hops",
            .other("\"model\" or a whole number from 1 to 25", isNumber: true) { text, settings in
                let number = Int(text)
                guard text == "model" || number.map((1...25).contains) == true else { return false }
                settings.detection.smoothingHops = number
                return true
            }),
        SettingKey("detection.majority_hops", .whole(\.detection.majorityHops, 1...25)),
        SettingKey("detection.delay_hops", .whole(\.detection.delayHops, 0...25)),
        SettingKey("detection.refractory_ms", .whole(\.detection.refractoryMilliseconds, 0...60_000)),
        SettingKey(
            "detection.cross_word_refractory_ms", .whole(\.detection.crossWordRefractoryMilliseconds, 0...60_000)),
        SettingKey("detection.rearm_fraction", .number(\.detection.rearmFraction, 0.05...1)),
        SettingKey(
            "detection.false_alarms_per_hour",
            .other("\"model\" or a number from 0.01 to 10", isNumber: true) { text, settings in
                let number = decimalNumber(text)
                guard text == "model" || number.map((0.01...10).contains) == true else { return false }
                settings.detection.falseAlarmsPerHour = number
                return true
            }),
        SettingKey(
            "detection.second_look",
            .choice(["true", "false"]) { name, settings in settings.detection.secondLook = name == "true" }),
        SettingKey(
            "learn.keep", .choice(["true", "false"]) { name, settings in settings.learn.keep = name == "true" }),
        SettingKey("learn.days", .whole(\.learn.days, 1...3650)),
        SettingKey("socket.path", .text(\.socket.path, meaning: "the path of a socket", mayBeEmpty: true)),
        SettingKey("socket.group", .text(\.socket.group, meaning: "the name of a group", mayBeEmpty: true)),
        SettingKey("socket.max_readers", .whole(\.socket.maximumReaders, 1...10_000)),
        SettingKey("socket.queue_kib", .whole(\.socket.queueKibibytes, 128...65_536)),
        SettingKey("web.host", .text(\.web.host, meaning: "an address of this machine")),
        SettingKey("web.port", .whole(\.web.port, 0...65_535)),
        SettingKey("web.token_file", .text(\.web.tokenFile, meaning: "the path of a file", mayBeEmpty: true)),
        SettingKey("web.keep_words", .whole(\.web.keepWords, 0...1000)),
        SettingKey(
            "web.cors_origins",
            .list(
                \.web.corsOrigins, meaning: "origins like https://example.org, separated by spaces",
                problem: WebOrigin.problem)),
        SettingKey(
            "web.allowed_hosts",
            .list(
                \.web.allowedHosts, meaning: "names like attuned.example.org, separated by spaces",
                problem: HostName.problem)),
        SettingKey(
            "web.trusted_proxies",
            .list(
                \.web.trustedProxies, meaning: "addresses or networks like 127.0.0.1 10.0.0.0/8, separated by spaces",
                problem: { AddressRange($0) == nil ? "is no address and no network" : nil })),
        SettingKey("web.max_upload_mb", .whole(\.web.maximumUploadMegabytes, 1...100)),
        SettingKey("web.upload_memory_mb", .whole(\.web.uploadMemoryMegabytes, 1...10_000)),
        SettingKey("web.upload_seconds", .whole(\.web.uploadSeconds, 1...600)),
        SettingKey("web.max_clip_seconds", .whole(\.web.maximumClipSeconds, 1...60)),
        SettingKey("web.max_recording_seconds", .whole(\.web.maximumRecordingSeconds, 1...600)),
        SettingKey("web.requests_per_minute", .whole(\.web.requestsPerMinute, 0...1_000_000)),
        SettingKey("web.max_connections", .whole(\.web.maximumConnections, 1...10_000)),
        SettingKey("web.trial_path", .text(\.web.trialPath, meaning: "the folder of a model", mayBeEmpty: true)),
        SettingKey("web.trial_percent", .whole(\.web.trialPercent, 0...100)),
        SettingKey("web.workers", .whole(\.web.workers, 0...64)),
        SettingKey(
            "mqtt.server",
            .checked(
                \.mqtt.server, meaning: "mqtt://HOST, mqtts://HOST:PORT or unix:///PATH", problem: BrokerAddress.problem
            )),
        SettingKey(
            "mqtt.name",
            .checked(
                \.mqtt.name, meaning: "a name like kitchen, or nothing for the machine's",
                problem: { $0.isEmpty ? nil : TopicName.problem(level: $0) })),
        SettingKey(
            "mqtt.listeners",
            .list(
                \.mqtt.listeners, meaning: "names and sockets like kitchen=/run/kitchen.sock hall=/run/hall.sock",
                problem: TopicName.problem(listener:))),
        SettingKey(
            "mqtt.base_topic",
            .checked(\.mqtt.baseTopic, meaning: "a topic like attuned", problem: TopicName.problem(levels:))),
        SettingKey(
            "mqtt.client_id",
            .checked(
                \.mqtt.clientID, meaning: "a name like attune-kitchen, or nothing",
                problem: { $0.isEmpty ? nil : TopicName.problem(level: $0) })),
        SettingKey("mqtt.user", .text(\.mqtt.user, meaning: "the name of a user of the broker", mayBeEmpty: true)),
        SettingKey("mqtt.password_file", .text(\.mqtt.passwordFile, meaning: "the path of a file", mayBeEmpty: true)),
        SettingKey("mqtt.ca", .text(\.mqtt.ca, meaning: "the path of a file of certificates", mayBeEmpty: true)),
        SettingKey("mqtt.cert", .text(\.mqtt.cert, meaning: "the path of a certificate", mayBeEmpty: true)),
        SettingKey("mqtt.key", .text(\.mqtt.key, meaning: "the path of the certificate's key", mayBeEmpty: true)),
        SettingKey("mqtt.keepalive_seconds", .whole(\.mqtt.keepaliveSeconds, 5...3600)),
        SettingKey(
            "mqtt.discovery_prefix",
            .checked(
                \.mqtt.discoveryPrefix, meaning: "a topic like homeassistant, or nothing",
                problem: { $0.isEmpty ? nil : TopicName.problem(levels: $0) })),
        SettingKey(
            "mqtt.hermes", .choice(["true", "false"]) { name, settings in settings.mqtt.hermes = name == "true" }),
        SettingKey(
            "wyoming.uri",
            .list(
                \.wyoming.addresses, meaning: "addresses like tcp://0.0.0.0:10400 unix:///run/wyoming.sock",
                problem: ListenAddress.problem)),
        SettingKey(
            "wyoming.commands",
            .choice(["true", "false"]) { name, settings in settings.wyoming.commands = name == "true" }),
        SettingKey("wyoming.words", .text(\.wyoming.words, meaning: "a folder", mayBeEmpty: true)),
        SettingKey("wyoming.threshold", .number(\.wyoming.threshold, 0.001...0.999)),
        SettingKey("wyoming.trigger_level", .whole(\.wyoming.triggerLevel, 1...8)),
        SettingKey("wyoming.max_connections", .whole(\.wyoming.maximumConnections, 1...100_000)),
        SettingKey("wyoming.longest_delay_ms", .whole(\.wyoming.longestDelayMilliseconds, 100...60_000)),
        SettingKey("wyoming.workers", .whole(\.wyoming.workers, 0...64)),
        SettingKey(
            "wyoming.metrics",
            .checked(
                \.wyoming.metrics, meaning: "an address like tcp://127.0.0.1:10401, or nothing",
                problem: { $0.isEmpty ? nil : ListenAddress.problem($0) })),
        SettingKey(
            "log.level",
            .choice(Logger.Level.allCases.map(\.rawValue)) { name, settings in
                if let level = Logger.Level(rawValue: name) { settings.log.level = level }
            }),
        SettingKey(
            "log.format",
            .choice(LogFormat.allCases.map(\.rawValue)) { name, settings in
                if let format = LogFormat(rawValue: name) { settings.log.format = format }
            }),
    ]

    static let sections: [String] = all.reduce(into: []) { if $0.last != $1.section { $0.append($1.section) } }

    static func named(_ name: String) -> SettingKey? { all.first { $0.name == name } }
}
