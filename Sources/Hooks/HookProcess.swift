import Glibc
internal import CLinux

/// A running command and its process group. One thread.
///
/// Whoever has one waits for it: the process is reaped there and nowhere else, so that its number is its own until then.
struct HookProcess: ~Copyable {
    private let process: pid_t
    /// Can be read once it has ended.
    private let descriptor: CInt

    /// Between SIGTERM and SIGKILL.
    private static let grace = Duration.seconds(2)

    private init(process: pid_t, descriptor: CInt) { (self.process, self.descriptor) = (process, descriptor) }

    static func start(
        _ path: String, arguments: [String], environment: [String], input: CInt, output: CInt, errors: CInt
    ) throws(SystemError) -> HookProcess {
        var process: pid_t = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { linux_spawn(&process, path, arguments, $0, input, output, errors) }
        }
        guard code == 0 else { throw SystemError(code: code) }
        let descriptor = linux_process_descriptor(process)
        guard descriptor >= 0 else {
            let code = errno
            kill(-process, SIGKILL)
            waitpid(process, nil, 0)
            throw SystemError(code: code)
        }
        return HookProcess(process: process, descriptor: descriptor)
    }

    deinit { close(descriptor) }

    /// Waits until it has ended, ends it where that takes too long or `stop` is given, and takes what it writes meanwhile.
    func wait(timeLimit: Duration, stop: StopSignal, output: HookOutput?) -> HookResult {
        var deadline: ContinuousClock.Instant? = .now + timeLimit
        var forced: HookResult?
        while true {
            var requests = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: forced == nil ? stop.descriptor : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output?.readable ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let next = [deadline, output?.resumes].compactMap { $0 }.min()
            let patience = next.map { milliseconds(ContinuousClock.now.duration(to: $0)) }
            let count = poll(&requests, nfds_t(requests.count), patience ?? -1)
            if count < 0 { continue }
            if requests[2].revents != 0 { output?.read() }
            if requests[0].revents != 0 { break }
            if requests[1].revents != 0 {
                forced = .stopped
                kill(-process, SIGTERM)
                deadline = .now + Self.grace
            } else if let due = deadline, due <= .now {
                if forced == nil {
                    forced = .timedOut
                    kill(-process, SIGTERM)
                    deadline = due + Self.grace
                } else {
                    kill(-process, SIGKILL)
                    deadline = nil
                }
            }
        }
        // What it left behind, while its number cannot be another's.
        kill(-process, SIGKILL)
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        output?.drain()
        return forced ?? Self.result(status)
    }

    /// WIFEXITED and the others of sys/wait.h, which are macros.
    private static func result(_ status: CInt) -> HookResult {
        let signal = status & 0x7F
        if signal != 0 { return .failed("was ended by signal \(signal) (\(String(cString: strsignal(signal))))") }
        let code = status >> 8 & 0xFF
        return code == 0 ? .done : .failed("ended with exit code \(code)")
    }
}

/// Texts as C takes a list of them. What stands after a zero byte is left out.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}
