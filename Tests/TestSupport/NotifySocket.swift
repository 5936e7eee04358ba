import Glibc

/// A datagram socket that stands for the service manager.
public final class NotifySocket: Sendable {
    public let path: String
    private let descriptor: Int32

    public init() {
        path = "/tmp/attuned-notify-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(result == 0, "cannot bind \(path): \(String(cString: strerror(errno)))")
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next message's lines; empty if none comes in time.
    public func receive(withinMilliseconds timeout: Int32 = 30_000) -> [String] {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, timeout) == 1 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Reads messages until one of their lines fits, and returns all lines so far; nil if none does within a minute.
    public func receive(untilLine fits: (String) -> Bool) -> [String]? {
        var lines: [String] = []
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline, case let message = receive(), !message.isEmpty {
            lines += message
            if message.contains(where: fits) { return lines }
        }
        return nil
    }
}
