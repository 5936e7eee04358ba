@preconcurrency import Glibc
import Synchronization

/// Standard output of a program that prints results: a result that nobody gets is no success.
public enum StandardOutput {
    private static let hasEnded = Atomic<Bool>(false)

    /// Has the program end with a message and `EX_IOERR` where what it printed could not all be written.
    ///
    /// Once, at the start, before a file is opened.
    public static func checkAtExit() {
        // The next file that is opened would be taken for it; from this one every write fails.
        if fcntl(STDOUT_FILENO, F_GETFD) < 0 { _ = open("/dev/null", O_RDONLY) }
        atexit {
            StandardOutput.hasEnded.store(true, ordering: .releasing)
            let hasFailed = ferror(stdout) != 0
            guard fflush(stdout) != 0 || hasFailed else { return }
            if errno == EPIPE { StandardOutput.endWithPipe() }
            StandardOutput.complain(errno)
            _exit(EX_IOERR)
        }
    }

    /// Has the program end, killed by SIGPIPE, as soon as nobody reads its output any more, even while it prints nothing.
    ///
    /// Once, at the start.
    public static func endWithReader() {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { _ in
                var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
                while poll(&output, 1, -1) < 0, errno == EINTR {}
                // At the end of the program all is written, and whoever read it may leave.
                if !StandardOutput.hasEnded.load(ordering: .acquiring) { StandardOutput.endWithPipe() }
                return nil
            }, nil)
        if code == 0 { pthread_detach(thread) }
    }

    /// Writes bytes past what `print` buffers, and ends the program as the others do where that fails.
    public static func write(_ bytes: some Sequence<UInt8>) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                if errno == EPIPE { endWithPipe() }
                complain(errno)
                exit(EX_IOERR)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the program as SIGPIPE does where nobody ignores it.
    private static func endWithPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        _exit(128 + SIGPIPE)
    }

    private static func complain(_ code: CInt) {
        let program = CommandLine.arguments.first?.split(separator: "/").last ?? "attune"
        StandardError.write(
            Array("\(program): standard output cannot be written: \(String(cString: strerror(code)))\n".utf8))
    }
}
