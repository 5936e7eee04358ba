/// What a reader may ask of the daemon.
public enum Request: Sendable, Equatable {
    case status
    case health
    case metrics
    /// Keyword events with a greater id, oldest first, as far back as the daemon remembers.
    case events(since: UInt64)
    /// Which messages to get from now on, instead of those before.
    case subscribe(Set<EventType>)
    /// Hear the model's own clip, or what a word of one's own was taught with, beside the microphone, and say how it went. Only for
    /// permitted peers.
    case selfTest(name: String? = nil)
    /// Read the configuration again. Only for permitted peers.
    case reload
    /// Part of what was heard. Only for permitted peers.
    case audio(AudioRequest)
    /// Close the microphone. Only for permitted peers.
    case mute(MuteTerms = MuteTerms())
    /// Open it again. Only for permitted peers.
    case unmute
    /// Have another model take over. Only for permitted peers.
    case activate(ModelChoice)
    /// Something about words.
    case ownWords(OwnWordRequest)
    /// Something about what was heard.
    case mark(MarkRequest)
    /// Have a word decided on otherwise than the configuration says, or so again. Only for permitted peers.
    case setWord(WordChange)
    /// What can be captured from. Only for permitted peers.
    case devices
    /// Listen to another device. Only for permitted peers.
    case setDevice(DeviceChoice)

    /// Every name, in the order in which `hello` lists them.
    public static let names =
        [
            "status", "health", "metrics", "events", "subscribe", "audio", "selftest", "reload", "mute", "unmute",
            "activate", "set_word", "devices", "set_device",
        ] + OwnWordRequest.names + MarkRequest.names

    /// The value of the field `request`.
    public var name: String {
        switch self {
        case .status: "status"
        case .health: "health"
        case .metrics: "metrics"
        case .events: "events"
        case .subscribe: "subscribe"
        case .audio: "audio"
        case .selfTest: "selftest"
        case .reload: "reload"
        case .mute: "mute"
        case .unmute: "unmute"
        case .activate: "activate"
        case .ownWords(let request): request.name
        case .mark(let request): request.name
        case .setWord: "set_word"
        case .devices: "devices"
        case .setDevice: "set_device"
        }
    }

    /// The request as a client sends it.
    public func jsonLine(id: RequestID) -> JSONLine {
        var line = JSONLine()
        line.add("id", id)
        line.add("request", name)
        switch self {
        case .events(let since): line.add("since", since)
        case .audio(let audio):
            switch audio.start {
            case .beforeEvent(let event, let milliseconds):
                line.add("event", event)
                line.add("before_ms", milliseconds)
            case .sample(let sample): line.add("start_sample", sample)
            }
            line.add("duration_ms", audio.milliseconds)
        case .subscribe(let types): line.add("types", types.map(\.rawValue).sorted())
        case .activate(let choice):
            line.add("model", choice.name)
            line.add("version", choice.version)
        case .ownWords(let request): request.addFields(to: &line)
        case .mark(let request): request.addFields(to: &line)
        case .mute(let terms):
            line.add("seconds", terms.seconds)
            line.add("reason", terms.reason)
        case .setWord(let change):
            line.add("name", change.name)
            line.add("threshold", change.threshold)
            line.add("enabled", change.isEnabled)
            if change.resets { line.add("reset", true) }
        case .setDevice(.named(let name)): line.add("device", name)
        case .setDevice(.configured): line.add("reset", true)
        case .selfTest(let name): line.add("name", name)
        case .status, .health, .metrics, .reload, .unmute, .devices: break
        }
        return line
    }
}
