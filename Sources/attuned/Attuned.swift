import ArgumentParser
import Daemon
import Foundation
import Logging
import ServiceManager
import ServiceSettings

@main
struct Attuned: AsyncParsableCommand {
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
        help: "Configuration to read. (default: \(defaultFile), if it is there)", completion: .file())
    var config: String?
    @Flag(help: "Read the configuration and the model, say what is wrong with them, and end.")
    var checkConfig = false
    @Option(help: "Capture device, as `attune devices` names it.")
    var device: String?
    @Option(help: "Path of the socket.")
    var socket: String?

    private static let defaultFile = "/etc/attuned/attuned.yaml"

    static func main() async {
        StandardOutput.checkAtExit()
        await main(nil)
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let reader = SettingsReader(environment: environment, overrides: overrides)
        let file = config ?? Self.defaultFile
        let mayBeMissing = config == nil
        let read: @Sendable (Settings?) throws(SettingsError) -> Settings = { running throws(SettingsError) in
            try reader.read(file: file, mayBeMissing: mayBeMissing, replacing: running)
        }
        do {
            let settings = try read(nil)
            if checkConfig {
                for notice in reader.notices { StandardError.writeLast("attuned: \(notice)") }
                for notice in try Daemon.check(settings) { print("\(file): \(notice)") }
                return print("\(file): fine")
            }
            try await listen(settings, environment, reader.notices, read)
        } catch let error as SettingsError {
            try end("\(error)", code: EX_CONFIG)
        } catch let error as StartError {
            try end("\(error)", code: error.exitCode)
        }
    }

    private func listen(
        _ settings: Settings, _ environment: [String: String], _ notices: [String],
        _ read: @escaping @Sendable (Settings?) throws(SettingsError) -> Settings
    ) async throws {
        // Until the reload service listens, a SIGHUP is ignored; a reader that leaves must never end the daemon.
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        // ALSA would lock a PCM in every call, for programs that use it on several threads at once. Here only one has it.
        setenv("LIBASOUND_THREAD_SAFE", "0", 0)
        let output = LogOutput(
            settings: settings.log, standardErrorIsJournal: Journal.isStandardErrorJournal,
            journal: { Journal.send($0) })
        defer { output.flush() }
        LoggingSystem.bootstrap { _ in output.makeHandler() }
        let logger = Logger(label: "attuned")
        for notice in notices { logger.warning("\(notice)") }
        let daemon = try Daemon(
            settings: settings, environment: environment,
            readSettings: { running throws(SettingsError) in try read(running) },
            log: output, logger: logger)
        try await daemon.run()
    }

    private var overrides: [SettingsReader.Override] {
        [("capture.device", device, "--device"), ("socket.path", socket, "--socket")].compactMap { key, value, option in
            value.map { SettingsReader.Override(key: key, value: $0, option: option) }
        }
    }

    private func end(_ message: String, code: Int32) throws -> Never {
        for line in message.split(separator: "\n") { StandardError.writeLast("attuned: \(line)") }
        throw ExitCode(code)
    }
}
