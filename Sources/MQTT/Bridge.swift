import Client
import Glibc
import Logging
import Protocol
import ServiceSettings

/// Makes of what a daemon tells what a broker is told, and the other way round.
actor Bridge {
    private let name: String
    private let topics: Topics
    private let broker: Broker
    private let hermes: Bool
    private let socketPath: String
    private let logger: Logger
    private var version = ""
    private var words: [String]?
    private var isHermesOn = true

    /// What Home Assistant or Hermes gets later than that after the word is no command any more.
    private static let freshSeconds = 5.0

    init(
        name: String, topics: Topics, broker: Broker, hermes: Bool, socketPath: String, logger: Logger
    ) {
        (self.name, self.topics, self.broker) = (name, topics, broker)
        (self.hermes, self.socketPath, self.logger) = (hermes, socketPath, logger)
    }

    func take(_ news: DaemonFollower.News) {
        switch news {
        case .connected(let hello):
            logger.notice("connected to the daemon on \(socketPath)")
            if version != hello.version { (version, words) = (hello.version, nil) }
        case .status(let status): take(status)
        case .keyword(let event, let line): take(event, line)
        case .missed:
            var line = JSONLine(type: "missed")
            line.add("reason", "the daemon has forgotten what it heard while it could not be asked")
            broker.add(.kept(topics.missed, line.text))
            logger.warning("the daemon has forgotten some keywords of the time without a connection to it")
        case .lost(let reason):
            logger.error("\(reason)")
            var line = JSONLine(type: StatusMessage.type)
            line.add("state", Discovery.unreachable)
            line.add("reason", reason)
            tell(state: Discovery.unreachable, isDeaf: true, line: line)
        case .other: break
        }
    }

    private func take(_ status: StatusMessage) {
        announce(status.keywords)
        let isDeaf =
            switch status.state {
            case .listening, .muted, .starting: false
            case .stalled, .degraded, .noDevice, .stopping: true
            }
        // What changes all the time has topics of its own, or none: a line is published when something happened.
        var line = JSONLine(type: StatusMessage.type)
        line.add("state", status.state)
        line.add("reason", status.reason)
        line.add("since", "\(status.since)")
        line.add("device", status.device)
        line.add("keywords", status.keywords)
        line.add("model", status.model)
        line.add("model_version", status.modelVersion)
        line.add("version", status.version)
        tell(state: status.state.rawValue, isDeaf: isDeaf, line: line)
        broker.set(muted(status.state == .muted))
        // It is not retained: whoever came meanwhile waits for the next.
        if let level = status.levelDBFS { broker.set(.state(topics.level, "\(level)", isRetained: false), again: true) }
    }

    private func tell(state: String, isDeaf: Bool, line: JSONLine) {
        broker.set(.state(topics.state, state))
        broker.set(.state(topics.problem, isDeaf ? "ON" : "OFF"))
        broker.set(.state(topics.status, line.text))
    }

    private func muted(_ isMuted: Bool) -> Message { .state(topics.muted, isMuted ? "ON" : "OFF") }

    /// Home Assistant warns of a word that it was not told of before.
    private func announce(_ words: [String]) {
        guard words != self.words, let topic = topics.discovery else { return }
        self.words = words
        let discovery = Discovery(name: name, topics: topics, words: words, version: version)
        broker.set(.state(topic, discovery.config.text))
    }

    private func take(_ event: KeywordEvent, _ line: String) {
        broker.add(.kept(topics.keyword, line))
        let end = Timestamp(
            millisecondsSince1970: event.timestamp.millisecondsSince1970 + Int64(Self.freshSeconds * 1000))
        guard Timestamp.now() <= end else { return }
        if topics.discovery != nil {
            var homeAssistant = JSONLine()
            homeAssistant.add("event_type", event.keyword)
            homeAssistant.add("confidence", event.confidence)
            homeAssistant.add("id", event.id)
            broker.add(.fresh(topics.event, homeAssistant.text, until: end))
        }
        if hermes, isHermesOn {
            let message = Hermes.detected(event, siteID: name)
            broker.add(.fresh(Topics.hermesDetected(event.keyword), message.text, until: end))
        }
    }

    /// Obeys what comes from the broker, until the task is cancelled.
    func obey() async {
        for await order in broker.orders {
            switch order {
            case .mute(let isMuted): await mute(isMuted)
            case .hermes(let isOn, let siteID): if siteID == nil || siteID == name { isHermesOn = isOn }
            }
        }
    }

    private func mute(_ isMuted: Bool) async {
        do {
            // Over a connection of its own: rarely, and nothing that is heard waits behind it.
            let client = try await EventClient.connect(to: socketPath)
            defer { client.close() }
            _ = try await client.answer(to: isMuted ? .mute() : .unmute)
            logger.notice("\(isMuted ? "muted" : "unmuted"), as the broker was asked for")
        } catch {
            let reason = (error as? ErrorMessage)?.error ?? "\(error)"
            logger.error("cannot \(isMuted ? "mute" : "unmute"): \(reason)")
            // Whoever asked may show already what is not so.
            broker.set(muted(!isMuted), again: true)
        }
    }
}
