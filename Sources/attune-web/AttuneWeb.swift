import ArgumentParser
import ServiceProgram
import ServiceSettings
import Web

/// The command line of the web side.
@main
struct AttuneWeb: ServiceProgram {
    static let configuration = CommandConfiguration(
        commandName: "attune-web",
        abstract: "Keywords over HTTP: a page, a REST API, live events.",
        discussion: """
            Reads the daemon's socket for what is heard now, and recognises uploaded recordings by itself. It has no
            microphone. Settings are in the section "web" of the configuration; command line goes over environment
            (ATTUNED_WEB_PORT and so on), environment over file.

              attune-web --port 8080
              curl --data-binary @clip.wav http://127.0.0.1:8080/api/predict

            Ends with SIGTERM or Ctrl-C, when what runs is finished.
            """,
        version: attunedVersion)

    @Option(help: "Configuration file. (default: /etc/attuned/attuned.yaml, if it is there)", completion: .file())
    var config: String?
    @Option(help: "Address to listen on. (default: web.host, 127.0.0.1)")
    var host: String?
    @Option(help: "Port to listen on; 0 takes a free one and says which. (default: web.port, 8080)")
    var port: String?
    @Option(help: "Path of the daemon's socket.", completion: .file())
    var socket: String?

    func run() async throws {
        let overrides = Self.overrides(
            ("web.host", host, "--host"), ("web.port", port, "--port"), ("socket.path", socket, "--socket"))
        try await serve(config: config, overrides: overrides) { settings, environment, logger in
            try await WebService(settings: settings, environment: environment, logger: logger).run()
        }
    }
}
