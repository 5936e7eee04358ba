import Foundation
import TestSupport
import Testing

/// A program that runs hooks, its log in a file.
final class RunningHooks: @unchecked Sendable {
    private let process = Process()
    private let logPath: String
    private let outputPath: String

    /// - Parameters:
    ///   - program: one of this package's.
    ///   - folder: where its output and its log lie.
    init(_ program: String, _ arguments: [String], in folder: URL, environment: [String: String] = [:]) throws {
        logPath = try folder.adding("log", [])
        outputPath = try folder.adding("output", [])
        process.executableURL = Binary.url(program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let inherited = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("ATTUNED_") && $0.key != "NOTIFY_SOCKET"
        }
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        process.standardError = FileHandle(forWritingAtPath: logPath)
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var processIdentifier: Int32 { process.processIdentifier }
    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }
    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }

    /// Waits until a text stands in its log, so many times.
    func logs(_ text: String, times: Int = 1) async throws {
        try await until("the log says \"\(text)\"") { self.log.components(separatedBy: text).count > times }
    }

    /// Its processes, those that have ended and are not reaped among them.
    var children: [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap(Int32.init).filter { Self.stat($0)?[1] == "\(processIdentifier)" }
    }

    /// The names of its threads.
    var threads: [String] {
        let folder = "/proc/\(processIdentifier)/task"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
            try? String(contentsOfFile: "\(folder)/\($0)/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
        }
    }

    /// Processor time, without that of its children.
    var processorSeconds: Double {
        let fields = Self.stat(processIdentifier) ?? []
        return fields.count > 12 ? ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / 100 : 0
    }

    /// What the kernel says of a process after its name, its state first.
    static func stat(_ process: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return nil }
        return text.split(separator: ")").last?.split(separator: " ")
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Ends it, and returns its exit code.
    func stop(_ signal: Int32 = SIGTERM) async throws -> Int32 {
        send(signal)
        try await until("it has ended") { !self.process.isRunning }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Waits for something, ten seconds at most.
    func until(_ what: String, _ isSo: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while try !isSo() {
            guard ContinuousClock.now < deadline else { throw Waited(what: what, log: log) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    struct Waited: Error, CustomStringConvertible {
        let what: String
        let log: String
        var description: String { "waited in vain until \(what); the log: \(log)" }
    }
}

/// Hooks beside a daemon that hears what the body says.
func withHooks(
    _ yaml: String, environment: [String: String] = [:],
    _ body: (RunningHooks, HookDaemon, _ folder: URL) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let daemon = try await HookDaemon(path: "/tmp/attuned-\(UUID().uuidString.prefix(8)).sock")
        let file = try folder.adding("hooks.yaml", Array(yaml.replacing("FOLDER", with: folder.path).utf8))
        let hooks = try RunningHooks(
            "attune-hooks", ["--config", file, "--socket", daemon.path], in: folder, environment: environment)
        try await hooks.logs("follows attuned")
        try await body(hooks, daemon, folder)
        #expect(try await hooks.stop() == 0)
        try await daemon.stop()
    }
}
