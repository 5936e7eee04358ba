/// What the daemon is doing: sent after `hello`, whenever the state changes, and as the answer to `status`.
public struct StatusMessage: SocketMessage, Equatable {
    public static let type = "status"

    /// The last keyword heard, for a person who asks whether anything was.
    public struct LastEvent: Sendable, Equatable, Decodable {
        public var id: UInt64
        public var keyword: String
        public var confidence: Double
        public var timestamp: Timestamp

        public init(_ event: KeywordEvent) {
            id = event.id
            keyword = event.keyword
            confidence = event.confidence
            timestamp = event.timestamp
        }
    }

    public var state: DaemonState
    /// Why it is in that state, in words for a person.
    public var reason: String
    /// Since when it is in that state.
    public var since: Timestamp
    /// The capture device's name.
    public var device: String
    /// Level of the last second of audio in dBFS, at least -120; nil while there is none.
    public var levelDBFS: Double?
    /// Peak of about the last second of audio in dBFS, at least -120; nil while there is none.
    public var peakDBFS: Double?
    /// How much faster than nominal the device's clock goes, in millionths; nil for the first ten seconds, and without a clock.
    public var clockPartsPerMillion: Double?
    /// The words listened for.
    public var keywords: [String]
    /// Seconds since the daemon started.
    public var uptimeSeconds: Double
    /// Name of the model.
    public var model: String
    /// Version of the model.
    public var modelVersion: String
    /// Version of the daemon.
    public var version: String
    /// The last keyword heard in this run.
    public var lastEvent: LastEvent?
    /// While the microphone is muted: until when, and why, as far as somebody said so.
    public var mutedUntil: Timestamp?
    public var muteReason: String?
    /// What the thresholds of the wake words that are listened for let expect, as far as the model was measured: false
    /// alarms an hour over all of them, and the part of them that is missed, 0 to 1.
    public var expectedFalseAlarmsPerHour: Double?
    public var expectedMissed: Double?
    /// Words that were taught and cannot be heard, each with the reason and what to do.
    public var wordProblems: [String]?
    /// Grows with every change of what is listened for and when it counts.
    public var wordsVersion: Int?
    /// The words of which somebody set something else than the configuration says, while the daemon ran.
    public var changedWords: [String]?
    /// The device of the configuration, where another one was chosen.
    public var configuredDevice: String?

    public init(
        state: DaemonState, reason: String, since: Timestamp, device: String, levelDBFS: Double? = nil,
        clockPartsPerMillion: Double? = nil, keywords: [String], uptimeSeconds: Double, model: String,
        modelVersion: String, version: String, lastEvent: LastEvent? = nil
    ) {
        self.state = state
        self.reason = reason
        self.since = since
        self.device = device
        self.levelDBFS = levelDBFS
        self.clockPartsPerMillion = clockPartsPerMillion
        self.keywords = keywords
        self.uptimeSeconds = uptimeSeconds
        self.model = model
        self.modelVersion = modelVersion
        self.version = version
        self.lastEvent = lastEvent
    }

    enum CodingKeys: String, CodingKey {
        case state, reason, since, device, keywords, model, version
        case levelDBFS = "level_dbfs"
        case peakDBFS = "peak_dbfs"
        case clockPartsPerMillion = "clock_ppm"
        case uptimeSeconds = "uptime_seconds"
        case modelVersion = "model_version"
        case lastEvent = "last_event"
        case mutedUntil = "muted_until"
        case muteReason = "mute_reason"
        case expectedFalseAlarmsPerHour = "expected_false_alarms_per_hour"
        case expectedMissed = "expected_missed"
        case wordProblems = "word_problems"
        case wordsVersion = "words_version"
        case changedWords = "changed_words"
        case configuredDevice = "configured_device"
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.state, state)
        line.add(CodingKeys.reason, reason)
        line.add(CodingKeys.since, since)
        line.add(CodingKeys.device, device)
        line.add(CodingKeys.levelDBFS, levelDBFS.map(boundedLevel))
        line.add(CodingKeys.peakDBFS, peakDBFS.map(boundedLevel))
        line.add(CodingKeys.clockPartsPerMillion, clockPartsPerMillion?.rounded(decimals: 1))
        line.add(CodingKeys.keywords, keywords)
        line.add(CodingKeys.uptimeSeconds, uptimeSeconds.rounded(decimals: 1))
        line.add(CodingKeys.model, model)
        line.add(CodingKeys.modelVersion, modelVersion)
        line.add(CodingKeys.version, version)
        line.add(CodingKeys.lastEvent, lastEvent)
        line.add(CodingKeys.mutedUntil, mutedUntil)
        line.add(CodingKeys.muteReason, muteReason)
        line.add(CodingKeys.expectedFalseAlarmsPerHour, expectedFalseAlarmsPerHour?.rounded(decimals: 3))
        line.add(CodingKeys.expectedMissed, expectedMissed?.rounded(decimals: 4))
        line.add(CodingKeys.wordProblems, wordProblems)
        line.add(CodingKeys.wordsVersion, wordsVersion)
        line.add(CodingKeys.changedWords, changedWords)
        line.add(CodingKeys.configuredDevice, configuredDevice)
    }
}

extension StatusMessage.LastEvent: JSONValue {
    public func appendJSON(to bytes: inout [UInt8]) {
        var line = JSONLine()
        line.add("id", id)
        line.add("keyword", keyword)
        line.add("confidence", confidence.probability)
        line.add("timestamp", timestamp)
        line.appendJSON(to: &bytes)
    }
}
