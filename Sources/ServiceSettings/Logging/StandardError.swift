import Glibc

/// Standard error, for log lines.
public enum StandardError {
    /// Writes the bytes with one system call where the kernel takes them at once, so that lines of threads do not mix.
    /// What cannot be written is lost: there is nowhere left to say so.
    @Sendable public static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes a last line before the process ends. Waits a third of a second at most for who reads: nobody may.
    public static func writeLast(_ line: String) {
        var request = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        if poll(&request, 1, 300) == 1 { write(Array((line + "\n").utf8)) }
    }

    /// Whether a person looks at it.
    public static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
