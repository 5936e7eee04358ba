import Glibc

/// Why the text of a configuration file could not be had.
package enum SettingsFileError: Error, CustomStringConvertible {
    case missing
    case unreadable(code: CInt)
    case directory
    case tooLarge
    case notUTF8(line: Int)
    /// Whoever writes to a pipe, or the disk, gave nothing more for too long.
    case silent(seconds: Int)

    package var description: String {
        switch self {
        case .missing: "there is no such file; name another with --config"
        case .unreadable(let code):
            "cannot be read: \(String(cString: strerror(code))); make it readable for the daemon's user"
        case .directory: "is a directory; name the file in it"
        case .tooLarge: "is larger than 1 MiB, which no configuration is; name another file with --config"
        case .silent(let seconds):
            "cannot be read: nothing came for \(seconds) seconds; is it a pipe that nobody writes to?"
        case .notUTF8(let line): "line \(line) is not UTF-8 text; save the file as UTF-8"
        }
    }
}

/// The text of a configuration file of at most 1 MiB. It need not be a regular file; of a pipe it waits for the end, and
/// for five seconds at most for the next piece.
package func settingsText(at path: String) throws(SettingsFileError) -> String {
    let limitBytes = 1 << 20
    let patienceSeconds = 5
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw errno == ENOENT ? .missing : .unreadable(code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limitBytes {
        // Before a pipe has a writer, reading would find its end.
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&request, 1, Int32(patienceSeconds * 1000))
        if ready < 0 && errno == EINTR { continue }
        guard ready != 0 else { throw .silent(seconds: patienceSeconds) }
        let count = read(descriptor, &chunk, chunk.count)
        if count == 0 { break }
        if count < 0 {
            if errno == EINTR || errno == EAGAIN { continue }
            throw errno == EISDIR ? .directory : .unreadable(code: errno)
        }
        bytes.append(contentsOf: chunk[..<count])
    }
    guard bytes.count <= limitBytes else { throw .tooLarge }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw .notUTF8(line: bad + 1)
    }
    return text
}
