import Foundation
import Protocol

/// A reader of the socket made of system calls only, as any program in any language would be.
package final class RawReader: @unchecked Sendable {
    package struct Failure: Error {
        let what: String
    }

    private let descriptor: Int32
    // One test awaits one read at a time; the buffer is touched only there.
    private var buffer: [UInt8] = []
    private var isOpen = true

    package init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let address = try UnixAddress(path: path)
        let result = address.withPointer { connect(descriptor, $0, $1) }
        guard result == 0 else {
            let code = errno
            close()
            throw Failure(what: "connect: \(String(cString: strerror(code)))")
        }
    }

    deinit { close() }

    package func close() {
        if isOpen { Glibc.close(descriptor) }
        isOpen = false
    }

    /// Says that nothing more will be sent, as `nc -N` does at the end of its input.
    package func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(what: "send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    /// The next line without its line feed; nil once the server has closed the connection.
    package func line(within seconds: Double = 10) async throws -> String? {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: the test pool's two must stay free for what is being waited for.
            Thread.detachNewThread { continuation.resume(with: Result { try self.readLine(within: seconds) }) }
        }
    }

    /// Lines up to and including the first that contains the text.
    package func lines(through text: String, within seconds: Double = 10) async throws -> [String] {
        var lines: [String] = []
        while let line = try await line(within: seconds) {
            lines.append(line)
            if line.contains(text) { return lines }
        }
        throw Failure(what: "the connection ended before a line with \(text), after \(lines)")
    }

    /// Everything up to the end of the connection.
    package func linesToEnd() async throws -> [String] {
        var lines: [String] = []
        while let line = try await line() { lines.append(line) }
        return lines
    }

    private func readLine(within seconds: Double) throws -> String? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while true {
            if let end = buffer.firstIndex(of: 10) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(max(0, deadline.timeIntervalSinceNow * 1000))
            guard poll(&wait, 1, milliseconds) > 0 else { throw Failure(what: "no line within \(seconds) s") }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 {
                guard count == 0 || errno == ECONNRESET else {
                    throw Failure(what: "recv: \(String(cString: strerror(errno)))")
                }
                return nil
            }
            buffer.append(contentsOf: chunk[..<count])
        }
    }
}
