import Protocol
import ServiceSettings

/// The topics of one listener.
struct Topics: Sendable {
    /// Beginning of all of them: `attuned/kitchen`.
    let root: String
    /// Letters, digits and "-" alone: `attuned_kitchen`.
    let id: String
    /// Where Home Assistant looks for the device, and says that it has started; nil where it is told nothing.
    let discovery: String?
    let homeAssistantStatus: String?

    init(base: String, name: String, discoveryPrefix: String) {
        root = "\(base)/\(name)"
        id = "attuned_\(TopicName.id(name))"
        let prefix = discoveryPrefix.isEmpty ? nil : discoveryPrefix
        discovery = prefix.map { [id] in "\($0)/device/\(id)/config" }
        homeAssistantStatus = prefix.map { "\($0)/status" }
    }

    /// The socket's line for each keyword.
    var keyword: String { root + "/keyword" }
    /// Each keyword as Home Assistant's events are, and only while it is fresh.
    var event: String { root + "/event" }
    /// How many keywords were not told.
    var missed: String { root + "/missed" }
    /// `online` or `offline`.
    var availability: String { root + "/availability" }
    /// The daemon's state, or `unreachable`.
    var state: String { root + "/state" }
    /// The socket's line of that state.
    var status: String { root + "/status" }
    /// `ON` while nothing is heard and should be.
    var problem: String { root + "/problem" }
    /// `ON` while the microphone is closed on request.
    var muted: String { root + "/muted" }
    /// Takes `ON` and `OFF`.
    var mutedSet: String { root + "/muted/set" }
    /// dBFS of the last second.
    var level: String { root + "/level" }

    static let online = "online"
    static let offline = "offline"

    /// Hermes: what switches hotwords on and off.
    static let hermesOn = "hermes/hotword/toggleOn"
    static let hermesOff = "hermes/hotword/toggleOff"
    static func hermesDetected(_ word: String) -> String { "hermes/hotword/\(TopicName.id(word))/detected" }
}
