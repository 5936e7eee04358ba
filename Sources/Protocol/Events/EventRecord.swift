import Glibc

/// The last keyword events in a file, so that they can be replayed after a restart: the lines of the socket, newest last.
///
/// Bounded: it is written anew once it holds twice what is replayed. A line that was cut short by a crash, is no event, or
/// has an id that no daemon ever counts to, is left out. One thread at a time.
public final class EventRecord {
    /// What is replayed.
    public static let capacity = 256
    /// After the greatest id there is room for those of many lives, within what readers of JSON take for a number.
    private static let greatestID: UInt64 = 1 << 52

    private let path: String
    private var lines: [[UInt8]] = []
    private var written = 0

    /// - Parameter folder: where the file is, or will be.
    public init(folder: String) { path = folder + "/events.jsonl" }

    /// The events of earlier runs, oldest first.
    ///
    /// - Throws: ``EventRecordError`` if there is a file and it cannot be read.
    public func load() throws(EventRecordError) -> [KeywordEvent] {
        let bytes = try read()
        var events: [KeywordEvent] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")).suffix(2 * Self.capacity) {
            guard let message = try? ReceivedMessage(line: Array(line)), case .keyword(let event) = message.content,
                event.id > events.last?.id ?? 0, event.id <= Self.greatestID
            else { continue }
            events.append(event)
            lines.append(Array(line))
        }
        lines = lines.suffix(Self.capacity)
        // So that what was left out is gone, and the next line does not continue a broken one.
        written = 2 * Self.capacity
        return events.suffix(Self.capacity)
    }

    /// Adds an event, as its line on the socket.
    ///
    /// - Throws: ``EventRecordError`` if it cannot be written, as on a full disk; later events may be again.
    public func append(_ line: JSONLine) throws(EventRecordError) {
        lines.append(line.utf8)
        if lines.count > Self.capacity { lines.removeFirst() }
        if written >= 2 * Self.capacity { return try rewrite() }
        try write(Self.text(of: lines.suffix(1)), to: path, flags: O_APPEND)
        written += 1
    }

    private func rewrite() throws(EventRecordError) {
        let part = path + ".part"
        try write(Self.text(of: lines), to: part, flags: O_TRUNC)
        guard rename(part, path) == 0 else { throw EventRecordError(path: path, action: "replace", code: errno) }
        written = lines.count
    }

    private static func text(of lines: some Sequence<[UInt8]>) -> [UInt8] {
        lines.flatMap { $0 + [UInt8(ascii: "\n")] }
    }

    private func write(_ bytes: [UInt8], to path: String, flags: Int32) throws(EventRecordError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0o600)
        guard descriptor >= 0 else { throw failure("open", code: errno) }
        defer { close(descriptor) }
        let count = Glibc.write(descriptor, bytes, bytes.count)
        guard count == bytes.count else { throw failure("write", code: count < 0 ? errno : ENOSPC) }
    }

    /// What was not written, or only half, is with the next event: then all of it is written anew.
    private func failure(_ action: String, code: Int32) -> EventRecordError {
        written = 2 * Self.capacity
        return EventRecordError(path: path, action: action, code: code)
    }

    /// The file's last mebibyte; nothing if there is none.
    private func read() throws(EventRecordError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw EventRecordError(path: path, action: "open", code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw EventRecordError(path: path, action: "open", code: EINVAL)
        }
        let wanted = min(Int(status.st_size), 1 << 20)
        lseek(descriptor, off_t(Int(status.st_size) - wanted), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: wanted)
        let count = Glibc.read(descriptor, &bytes, wanted)
        guard count >= 0 else { throw EventRecordError(path: path, action: "read", code: errno) }
        return Array(bytes[..<count])
    }
}

/// The record of events cannot be used; events themselves are not touched by that.
public struct EventRecordError: Error, Equatable, CustomStringConvertible {
    public let path: String
    public let action: String
    public let code: Int32

    public var description: String {
        "cannot \(action) \(path) (\(String(cString: strerror(code)))): events will not outlive a restart"
    }
}
