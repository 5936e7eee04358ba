import ArgumentParser
import Daemon
import Glibc
import ServiceProgram
import ServiceSettings

@main
struct Attuned: SmallService {
    static let configuration = CommandConfiguration(
        commandName: "attuned",
        abstract: "Listen for keywords, and tell them on a socket.",
        discussion: """
            Listens to a microphone and writes an event for every keyword it hears to a Unix socket, where `attune watch`,
            `nc -U` and other programs read it. Every setting is explained in attuned.yaml; each can also be given in the
            environment, as ATTUNED_ and its name: ATTUNED_CAPTURE_DEVICE=plughw:CARD=Mic.

            SIGHUP reads the configuration again, SIGTERM stops. Exit codes follow sysexits.h.
            """,
        version: attunedVersion)

    @Option(
        help: "Configuration to read. (default: \(defaultConfiguration), if it is there)", completion: .file())
    var config: String?
    @Flag(help: "Read the configuration and the model, say what is wrong with them, and end.")
    var checkConfig = false
    @Option(help: "Capture device, as `attune devices` names it.")
    var device: String?
    @Option(help: "Path of the socket.")
    var socket: String?

    func run() async throws {
        let environment = inheritedEnvironment()
        let reader = SettingsReader(
            environment: environment,
            overrides: Self.overrides(("capture.device", device, "--device"), ("socket.path", socket, "--socket")))
        let file = config ?? Self.defaultConfiguration
        let mayBeMissing = config == nil
        let read: @Sendable (Settings?) throws(SettingsError) -> Settings = { running throws(SettingsError) in
            try reader.read(file: file, mayBeMissing: mayBeMissing, replacing: running)
        }
        try await endTellingWhy {
            let settings = try read(nil)
            if checkConfig {
                for notice in reader.notices { StandardError.writeLast("attuned: \(notice)") }
                for notice in try Daemon.check(settings) { print("\(file): \(notice)") }
                return print("\(file): fine")
            }
            // Until the reload service listens, a SIGHUP is ignored.
            signal(SIGHUP, SIG_IGN)
            // ALSA would lock a PCM in every call, for programs that use it on several threads at once. Here only one has it.
            setenv("LIBASOUND_THREAD_SAFE", "0", 0)
            try await logging(settings.log, notices: reader.notices) { output, logger in
                let daemon = try Daemon(
                    settings: settings, environment: environment,
                    readSettings: { running throws(SettingsError) in try read(running) },
                    log: output, logger: logger)
                try await daemon.run()
            }
        }
    }
}
