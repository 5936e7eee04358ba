import ArgumentParser
import MQTT
import ServiceProgram
import ServiceSettings

/// The command line of the bridge to MQTT.
@main
struct AttuneMQTT: SmallService {
    static let configuration = CommandConfiguration(
        commandName: "attune-mqtt",
        abstract: "Keywords for an MQTT broker, and for Home Assistant.",
        discussion: """
            Reads the daemon's socket and tells a broker what is heard. Home Assistant finds the listener by itself, with
            an event entity, a trigger for each word, and a switch that mutes. Settings are in the section "mqtt" of the
            configuration; command line goes over environment (ATTUNED_MQTT_SERVER and so on), environment over file.

              attune-mqtt --server mqtt://broker.local --name kitchen
              mosquitto_sub -h broker.local -v -t 'attuned/kitchen/#'
              mosquitto_pub -h broker.local -t attuned/kitchen/muted/set -m ON

            User and password: --user, and mqtt.password_file, a file that not everybody may read. A broker or a daemon
            that is away is waited for; what was heard meanwhile is told when it is back, to everybody but Home
            Assistant, which would act on it too late. Ends with SIGTERM or Ctrl-C.
            """,
        version: attunedVersion)

    @Option(help: "Configuration file. (default: /etc/attuned/attuned.yaml, if it is there)", completion: .file())
    var config: String?
    @Option(help: "The broker: mqtt://HOST, mqtts://HOST:PORT, unix:///PATH. (default: mqtt.server, mqtt://127.0.0.1)")
    var server: String?
    @Option(help: "Name of this listener. (default: mqtt.name, or the machine's)")
    var name: String?
    @Option(help: "User at the broker. (default: mqtt.user)")
    var user: String?
    @Option(help: "File with the password. (default: mqtt.password_file)", completion: .file())
    var passwordFile: String?
    @Option(help: "Path of the daemon's socket.", completion: .file())
    var socket: String?

    func run() async throws {
        let overrides = Self.overrides(
            ("mqtt.server", server, "--server"), ("mqtt.name", name, "--name"), ("mqtt.user", user, "--user"),
            ("mqtt.password_file", passwordFile, "--password-file"), ("socket.path", socket, "--socket"))
        try await serve(config: config, overrides: overrides) { settings, environment, logger in
            releaseMemoryOnceStarted()
            try await MQTTService(settings: settings, environment: environment, logger: logger).run()
        }
    }
}
