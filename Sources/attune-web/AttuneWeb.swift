import ArgumentParser
import Foundation
import Logging
import ServiceManager
import ServiceSettings
import Web

/// The command line of the web side.
@main
struct AttuneWeb: AsyncParsableCommand {
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

    private static let defaultFile = "/etc/attuned/attuned.yaml"

    static func main() async {
        StandardOutput.checkAtExit()
        await main(nil)
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        do {
            let reader = SettingsReader(environment: environment, overrides: overrides)
            let settings = try reader.read(file: config ?? Self.defaultFile, mayBeMissing: config == nil)
            signal(SIGPIPE, SIG_IGN)
            let output = LogOutput(
                settings: settings.log, standardErrorIsJournal: Journal.isStandardErrorJournal,
                journal: { Journal.send($0) })
            defer { output.flush() }
            LoggingSystem.bootstrap { _ in output.makeHandler() }
            let logger = Logger(label: "attune-web")
            for notice in reader.notices { logger.warning("\(notice)") }
            try await WebService(settings: settings, environment: environment, logger: logger).run()
        } catch let error as SettingsError {
            try end("\(error)", code: EX_CONFIG)
        } catch let error as StartError {
            try end("\(error)", code: error.exitCode)
        }
    }

    private var overrides: [SettingsReader.Override] {
        [("web.host", host, "--host"), ("web.port", port, "--port"), ("socket.path", socket, "--socket")]
            .compactMap { key, value, option in
                value.map { SettingsReader.Override(key: key, value: $0, option: option) }
            }
    }

    private func end(_ message: String, code: Int32) throws -> Never {
        for line in message.split(separator: "\n") { StandardError.writeLast("attune-web: \(line)") }
        throw ExitCode(code)
    }
}
