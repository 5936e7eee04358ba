import Protocol
import ServiceSettings

/// What Home Assistant is told of a listener: one device with an event entity, sensors, a switch, and a trigger for each
/// word. Its keys are the short ones of Home Assistant's MQTT discovery.
struct Discovery {
    let name: String
    let topics: Topics
    /// The words that are listened for.
    let words: [String]
    /// Version of the daemon.
    let version: String

    /// The state of a daemon that is not there, beside its own.
    static let unreachable = "unreachable"

    var config: JSONLine {
        var device = JSONLine()
        device.add("ids", [topics.id])
        device.add("name", name)
        device.add("mf", "attuned")
        device.add("mdl", "keyword listener")
        device.add("sw", version)
        var origin = JSONLine()
        origin.add("name", "attune-mqtt")
        origin.add("sw", attunedVersion)
        var availability = JSONLine()
        availability.add("t", topics.availability)
        var components = JSONLine()
        for (key, component) in entities + triggers { components.add(key, component) }
        var config = JSONLine()
        config.add("dev", device)
        config.add("o", origin)
        config.add("avty", [availability])
        config.add("cmps", components)
        return config
    }

    private var entities: [(String, JSONLine)] {
        var event = entity("event", "keyword", named: "Keyword")
        event.add("evt_typ", words)
        event.add("stat_t", topics.event)
        event.add("ic", "mdi:account-voice")
        var state = entity("sensor", "state", named: "State")
        state.add("stat_t", topics.state)
        state.add("dev_cla", "enum")
        state.add("ops", DaemonState.allCases.map(\.rawValue) + [Self.unreachable])
        state.add("ent_cat", "diagnostic")
        var level = entity("sensor", "level", named: "Level")
        level.add("stat_t", topics.level)
        level.add("unit_of_meas", "dBFS")
        level.add("stat_cla", "measurement")
        level.add("ent_cat", "diagnostic")
        var deaf = entity("binary_sensor", "deaf", named: "Deaf")
        deaf.add("stat_t", topics.problem)
        deaf.add("dev_cla", "problem")
        deaf.add("json_attr_t", topics.status)
        deaf.add("json_attr_tpl", "{{ {'reason': value_json.reason} | tojson }}")
        var mute = entity("switch", "mute", named: "Mute")
        mute.add("stat_t", topics.muted)
        mute.add("cmd_t", topics.mutedSet)
        mute.add("ic", "mdi:microphone-off")
        // Home Assistant takes no event entity without a type.
        let events = words.isEmpty ? [] : [("keyword", event)]
        return events + [("state", state), ("level", level), ("deaf", deaf), ("mute", mute)]
    }

    private var triggers: [(String, JSONLine)] {
        words.map { word in
            var trigger = JSONLine()
            trigger.add("p", "device_automation")
            trigger.add("atype", "trigger")
            trigger.add("t", topics.event)
            trigger.add("val_tpl", "{{ value_json.event_type }}")
            trigger.add("pl", word)
            trigger.add("type", "keyword")
            trigger.add("stype", word)
            return ("trigger_" + TopicName.id(word), trigger)
        }
    }

    private func entity(_ platform: String, _ key: String, named name: String) -> JSONLine {
        var entity = JSONLine()
        entity.add("p", platform)
        entity.add("uniq_id", "\(topics.id)_\(key)")
        entity.add("name", name)
        return entity
    }
}
