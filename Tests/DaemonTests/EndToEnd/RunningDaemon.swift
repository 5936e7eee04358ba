import Client
import FakeDevice
import Foundation
import Protocol
import TestSupport

/// The real `attuned`, listening to a fake microphone through real ALSA, its service manager a socket of the test.
final class RunningDaemon: @unchecked Sendable {
    let microphone: FakeDevice
    let notify = NotifySocket()
    let socketPath: String
    let configurationPath: String
    private let folder: URL
    private let process = Process()
    private let log: FileHandle
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the daemon.
    ///
    /// - Parameters:
    ///   - sound: what the microphone hears, raw as it is negotiated; then silence.
    ///   - keys: of the fake microphone.
    ///   - configuration: YAML.
    ///   - condition: what the microphone is told before the daemon starts.
    ///   - deviceIsConfigured: the device stands in the configuration, and not on the command line.
    ///   - standardError: where its log goes instead of `logText`.
    ///   - launcher: a program and its arguments that start it.
    init(
        hearing sound: [UInt8], keys: String = "", configuration: String = "", environment: [String: String] = [:],
        condition: FakeDevice.Command? = nil, deviceIsConfigured: Bool = false, standardError: FileHandle? = nil,
        launcher: (_ socketPath: String) -> [String] = { _ in [] }
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "attuned-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        microphone = FakeDevices.shared.microphone(playing: sound, keys: keys)
        if let condition { microphone.tell(condition) }
        socketPath = folder.appending(path: "attuned.sock").path
        configurationPath = folder.appending(path: "attuned.yaml").path
        let device = deviceIsConfigured ? "capture: {device: \(microphone.name)}\n" : ""
        try (device + configuration).write(toFile: configurationPath, atomically: true, encoding: .utf8)
        let logPath = folder.appending(path: "log").path
        _ = FileManager.default.createFile(atPath: logPath, contents: nil)
        log = try FileHandle(forUpdating: URL(filePath: logPath))
        var command =
            launcher(socketPath)
            + [Binary.url("attuned").path, "--config", configurationPath, "--socket", socketPath]
        if !deviceIsConfigured { command += ["--device", microphone.name] }
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        let settings = [
            "ALSA_CONFIG_PATH": FakeDevices.shared.configurationPath, "NOTIFY_SOCKET": notify.path,
            "WATCHDOG_USEC": "1500000", "ATTUNED_SOCKET_GROUP": "", "ATTUNED_LOG_FORMAT": "json",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }.merging(environment) { $1 }
        process.standardOutput = log
        process.standardError = standardError ?? log
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var processIdentifier: Int32 { process.processIdentifier }

    /// What it logged so far.
    var logText: String { (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "" }

    /// Whether it logs this within some seconds: nothing waits for the log, so it may come after what it is about.
    func logs(_ text: String, withinSeconds seconds: Double = 15) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while !logText.contains(text) {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    /// Waits for READY; throws what was logged if it does not come.
    @discardableResult
    func ready() throws -> [String] {
        guard let lines = notify.receive(untilLine: { $0 == "READY=1" }) else {
            throw Failure(text: "no READY=1; the log: \(logText)")
        }
        return lines
    }

    func connect() async throws -> EventClient { try await EventClient.connect(to: socketPath) }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end of the process; nil if it goes on, else its exit code (negative: the signal that ended it).
    func exitCode(withinSeconds seconds: Double = 10) -> Int32? {
        guard ended.wait(timeout: .now() + seconds) == .success else { return nil }
        ended.signal()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// The keyword events from the first on, until there are so many or the time is up.
    func events(_ count: Int, withinSeconds seconds: Double) async throws -> [KeywordEvent] {
        let client = try await connect()
        let deadline = Task {
            try await Task.sleep(for: .seconds(seconds))
            client.close()
        }
        defer { deadline.cancel() }
        // What came before this connection; ids keep apart what is told twice.
        _ = try await client.answer(to: .events(since: 0))
        var events: [UInt64: KeywordEvent] = [:]
        for try await message in client.messages {
            if case .keyword(let event) = message.content { events[event.id] = event }
            if events.count >= count { break }
        }
        return events.values.sorted { $0.id < $1.id }
    }

    func metrics() async throws -> MetricsReport {
        let client = try await connect()
        let answer = try await client.answer(to: .metrics)
        client.close()
        guard case .metrics(let metrics) = answer.content else { throw Failure(text: "no metrics: \(answer.line)") }
        return metrics
    }

    /// How often its threads went to sleep and were woken in so many seconds, all of them together: a number that a busy
    /// machine does not raise.
    func wakeUps(inSeconds seconds: Double) async throws -> Double {
        let before = try voluntarySwitches()
        try await Task.sleep(for: .seconds(seconds))
        return Double(try voluntarySwitches() - before)
    }

    private func voluntarySwitches() throws -> Int {
        let tasks = "/proc/\(processIdentifier)/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).reduce(0) { sum, task in
            // A thread may end meanwhile.
            let lines = (try? String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8)) ?? ""
            let line = lines.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
            return sum + (line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
        }
    }

    /// Waits for a state to be announced; nil if it does not come in time.
    func status(_ state: DaemonState, from client: EventClient) async throws -> StatusMessage? {
        let deadline = Task {
            try await Task.sleep(for: .seconds(60))
            client.close()
        }
        defer { deadline.cancel() }
        for try await message in client.messages {
            if case .status(let status) = message.content, status.state == state { return status }
        }
        return nil
    }

    struct Failure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
}
