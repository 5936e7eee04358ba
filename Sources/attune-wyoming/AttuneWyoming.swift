import ArgumentParser
import Logging
import ServiceProgram
import ServiceSettings
import Wyoming

/// The command line of the Wyoming server.
@main
struct AttuneWyoming: ServiceProgram {
    static let configuration = CommandConfiguration(
        commandName: "attune-wyoming",
        abstract: "Wake words for Home Assistant and satellites, by the Wyoming protocol.",
        discussion: """
            Hears words in the audio that clients send, each connection by itself. It has a model of its own and needs no
            daemon. It takes the place of wyoming-openwakeword and wyoming-microwakeword, with their options. Settings are
            in the section "wyoming" of the configuration; command line goes over environment (ATTUNED_WYOMING_URI and so
            on), environment over file.

              attune-wyoming --uri tcp://0.0.0.0:10400

            Then, in Home Assistant: Settings, Devices & services, Add integration, Wyoming Protocol, host and port 10400.
            Ends with SIGTERM or Ctrl-C.
            """,
        version: attunedVersion)

    @Option(help: "Configuration file. (default: /etc/attuned/attuned.yaml, if it is there)", completion: .file())
    var config: String?
    @Option(help: "Where to listen: tcp://ADDRESS:PORT, unix:///PATH. (default: wyoming.uri, tcp://0.0.0.0:10400)")
    var uri: String?
    @Option(
        help: "Folder of words of your own. (default: wyoming.words, words/ in STATE_DIRECTORY)", completion: .directory
    )
    var words: String?
    @Option(help: "How sure it must be, 0 to 1: 0.5 is each word's own threshold, more is stricter. (default: 0.5)")
    var threshold: String?
    @Option(help: "1 to 8: each above 1 asks for 80 ms more of a word. (default: 1)")
    var triggerLevel: String?
    @Option(help: "Seconds of audio before the same word is told again. (default: detection.refractory_ms, 1)")
    var refractorySeconds: Double?
    @Flag(help: "Log debug messages, too.")
    var debug = false
    @OptionGroup(title: "Options of other wake word servers, without effect here", visibility: .hidden)
    var foreign: ForeignOptions

    func validate() throws {
        guard refractorySeconds.map((0...60).contains) ?? true else {
            throw ValidationError("--refractory-seconds must be from 0 to 60.")
        }
    }

    func run() async throws {
        let overrides = Self.overrides(
            ("wyoming.uri", uri, "--uri"), ("wyoming.words", words, "--words"),
            ("wyoming.threshold", threshold, "--threshold"),
            ("wyoming.trigger_level", triggerLevel, "--trigger-level"),
            (
                "detection.refractory_ms", refractorySeconds.map { "\(Int(($0 * 1000).rounded()))" },
                "--refractory-seconds"
            ),
            ("log.level", debug ? "debug" : nil, "--debug"))
        try await serve(config: config, overrides: overrides) { settings, environment, logger in
            for notice in foreign.notices { logger.warning("\(notice)") }
            try await WyomingService(settings: settings, environment: environment, logger: logger).run()
        }
    }
}

/// Options that users of wyoming-openwakeword and wyoming-microwakeword have in their scripts: taken, told of, and without
/// effect.
struct ForeignOptions: ParsableArguments {
    @Option var customModelDir: [String] = []
    @Option var preloadModel: [String] = []
    @Option var model: [String] = []
    @Option var modelsDir: String?
    @Option var outputDir: String?
    @Option var logFormat: String?
    @Flag var zeroconf = false
    @Flag var debugProbability = false

    /// One sentence for each that was given.
    var notices: [String] {
        [
            (!customModelDir.isEmpty, "--custom-model-dir changes nothing: models of other programs are not read"),
            (!preloadModel.isEmpty || !model.isEmpty, "--preload-model changes nothing: every word is always there"),
            (modelsDir != nil, "--models-dir changes nothing: the model is that of model.path"),
            (outputDir != nil, "--output-dir changes nothing: no audio is kept"),
            (logFormat != nil, "--log-format changes nothing: see log.format"),
            (zeroconf, "--zeroconf changes nothing: Avahi announces it, see docs/wyoming.md"),
            (debugProbability, "--debug-probability changes nothing: scores come with each detection"),
        ].compactMap { $0 ? $1 : nil }
    }
}
