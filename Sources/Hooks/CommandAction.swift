import Glibc
import Logging
import Protocol
import ServiceSettings
import Synchronization
import Time
internal import CLinux

/// Runs a program for an event: with the event in its environment (`ATTUNED_KEYWORD` and so on) and as a line of JSON on its
/// standard input, in a session of its own, with no descriptor but its first three.
///
/// What it has started in its process group ends with it, or with its time: SIGTERM, two seconds later SIGKILL.
public final class CommandAction: HookAction {
    /// Where standard output and errors go.
    public enum Output: Sendable {
        /// Where ours go.
        case inherited
        /// To the log, a bounded part of it, of thirty runs a minute at most.
        case log(Logger)
    }

    private let hook: String
    private let path: String
    private let arguments: [String]
    private let timeLimit: Duration
    private let environment: HookEnvironment
    private let output: Output
    private let budget = Mutex(LogBudget(perMinute: 30))

    /// - Parameters:
    ///   - hook: its name.
    ///   - path: of the program, absolute.
    ///   - arguments: without its name.
    public init(
        hook: String, path: String, arguments: [String], timeLimit: Duration, environment: HookEnvironment,
        output: Output
    ) {
        self.hook = hook
        self.path = path
        self.arguments = arguments
        self.timeLimit = timeLimit
        self.environment = environment
        self.output = output
    }

    public func perform(_ keyword: HeardKeyword, until stop: StopSignal) -> HookResult {
        // Again, and not only when it was configured: it may have changed hands since.
        if let problem = TrustedFile.problem(of: path, kind: .program) { return .failed("\(path) \(problem)") }
        let line = Array((keyword.line + "\n").utf8)
        let input = line.withUnsafeBytes { linux_sealed_file($0.baseAddress, $0.count) }
        guard input >= 0 else { return .failed("its input cannot be made: \(text(errno))") }
        defer { close(input) }
        let captured: HookOutput?
        do {
            captured = if case .log = output { try HookOutput() } else { nil }
        } catch {
            return .failed("its output cannot be taken: \(text(error.code))")
        }
        let process: HookProcess
        do {
            process = try HookProcess.start(
                path, arguments: [path] + arguments, environment: environment.variables(for: keyword, hook: hook),
                input: input, output: captured?.writeEnd ?? STDOUT_FILENO, errors: captured?.writeEnd ?? STDERR_FILENO)
        } catch {
            return .failed("\(path) cannot be started: \(text(error.code))\(advice(error.code))")
        }
        captured?.closeWriteEnd()
        let result = process.wait(timeLimit: timeLimit, stop: stop, output: captured)
        if case .log(let logger) = output, let captured { log(captured, to: logger) }
        return result
    }

    private func log(_ captured: HookOutput, to logger: Logger) {
        guard !captured.isEmpty else { return }
        let (isGranted, refused) = budget.withLock { $0.take(now: MonotonicClock.nanoseconds()) }
        guard isGranted else { return }
        if refused > 0 { logger.info("what it wrote the \(refused) times before is left out") }
        captured.log(to: logger)
    }

    private func text(_ code: CInt) -> String { String(cString: strerror(code)) }

    private func advice(_ code: CInt) -> String {
        switch code {
        case ENOEXEC: "; begin a script with a line like #!/bin/sh"
        case ENOENT: "; look at the interpreter in its first line"
        case EAGAIN, ENOMEM: "; look at TasksMax= and MemoryMax="
        default: ""
        }
    }
}

/// What the system said no with.
struct SystemError: Error {
    let code: CInt
}
