public import ArgumentParser
import Glibc
public import Logging
import Realtime
import ServiceManager
public import ServiceSettings

/// What every program that runs as a service has around its work: the environment, the log, and how it ends when it
/// cannot begin.
public protocol ServiceProgram: AsyncParsableCommand {}

extension ServiceProgram {
    /// The configuration that is read where none is named.
    public static var defaultConfiguration: String { "/etc/attuned/attuned.yaml" }

    public static func main() async {
        StandardOutput.checkAtExit()
        await main(nil)
    }

    private static var name: String { configuration.commandName ?? "service" }

    /// The settings that options of the command line give; those that were not given are nil.
    public static func overrides(
        _ options: (key: String, value: String?, option: String)...
    ) -> [SettingsReader.Override] {
        options.compactMap { key, value, option in
            value.map { SettingsReader.Override(key: key, value: $0, option: option) }
        }
    }

    /// Reads the configuration and works by it, with a log, until the work is done.
    ///
    /// - Parameter config: nil for ``defaultConfiguration``, which may be missing.
    /// - Throws: `ExitCode` of sysexits.h.
    public func serve(
        config: String?, overrides: [SettingsReader.Override],
        _ work: (Settings, _ environment: [String: String], Logger) async throws -> Void
    ) async throws {
        try await endTellingWhy {
            let environment = inheritedEnvironment()
            let reader = SettingsReader(environment: environment, overrides: overrides)
            let settings = try reader.read(file: config ?? Self.defaultConfiguration, mayBeMissing: config == nil)
            try await logging(settings.log, notices: reader.notices) { _, logger in
                try await work(settings, environment, logger)
            }
        }
    }

    /// Does what the program is for; a start that fails is told on standard error, each problem in a line of its own.
    ///
    /// - Throws: `ExitCode` of sysexits.h.
    public func endTellingWhy(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as SettingsError {
            try end("\(error)", code: EX_CONFIG)
        } catch let error as StartError {
            try end("\(error)", code: error.exitCode)
        } catch let error as RealtimeThread.CreationError {
            try end("\(error)", code: EX_OSERR)
        } catch let error as CaughtSignals.Failure {
            try end("\(error)", code: EX_OSERR)
        }
    }

    /// Works with a log that goes where the settings say, and is written to its end before this returns.
    ///
    /// - Parameters:
    ///   - notices: What is to be logged first, as warnings.
    public func logging(
        _ settings: Settings.Log, notices: [String] = [], _ work: (LogOutput, Logger) async throws -> Void
    ) async throws {
        // A reader that leaves must never end the service.
        signal(SIGPIPE, SIG_IGN)
        let output = LogOutput(
            settings: settings, standardErrorIsJournal: Journal.isStandardErrorJournal, journal: { Journal.send($0) })
        defer { output.flush() }
        LoggingSystem.bootstrap { _ in output.makeHandler() }
        let logger = Logger(label: Self.name)
        for notice in notices { logger.warning("\(notice)") }
        try await work(output, logger)
    }

    private func end(_ message: String, code: Int32) throws -> Never {
        for line in message.split(separator: "\n") { StandardError.writeLast("\(Self.name): \(line)") }
        throw ExitCode(code)
    }
}

/// The environment of this process, without what is no name and value.
///
/// Without Foundation, which takes more memory than all the rest of a small service.
public func inheritedEnvironment() -> [String: String] {
    var all: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[0].isEmpty { all[String(parts[0])] = String(parts[1]) }
        next += 1
    }
    return all
}
