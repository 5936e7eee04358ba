import Glibc

/// Why a file cannot be read or written, in words for a person.
package struct FileError: Error, Equatable {
    package let reason: String

    init(_ reason: String) { self.reason = reason }
    /// What the last call said.
    init(code: Int32) { reason = String(cString: strerror(code)) }
}

/// The whole content of a regular file of at most `limit` bytes.
package func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    // Without O_NONBLOCK a pipe in place of the file would be waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw FileError("not a regular file")
    }
    guard status.st_size <= limit else { throw FileError("\(status.st_size) bytes, the limit is \(limit)") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw count < 0 ? FileError(code: errno) : FileError("cut short") }
        filled += count
    }
    return bytes
}

/// The same, nil if there is none.
func readFileIfThere(_ path: String, limit: Int) throws(FileError) -> [UInt8]? {
    guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
    return try readFile(path, limit: limit)
}

/// Writes a file beside the one of its name, and puts it in its place: that is whole, before and after.
func replaceFile(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let new = "\(path).new"
    unlink(new)
    do throws(FileError) {
        try writeFile(new, bytes)
        guard rename(new, path) == 0 else { throw FileError(code: errno) }
        try syncFolder(path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) : ".")
    } catch {
        unlink(new)
        throw error
    }
}

/// Writes a new file whole, to the disk and not only to the system's memory.
func writeFile(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileError(code: errno) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw FileError(code: count < 0 ? errno : ENOSPC) }
        written += count
    }
    guard fsync(descriptor) == 0 else { throw FileError(code: errno) }
}

/// Has the names in a folder outlive a power cut.
func syncFolder(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(code: errno) }
}
