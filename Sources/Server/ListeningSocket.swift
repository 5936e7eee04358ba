import Glibc
import Protocol

/// A Unix socket that listens at a path of the file system.
package struct ListeningSocket {
    /// Which file a path led to when the socket was made.
    struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    package let descriptor: CInt
    /// The group that owns the socket, if the one asked for could be given to it.
    let groupID: gid_t?
    /// What a person should know although the socket works, one sentence each.
    package let notices: [String]
    private let path: String
    private let identity: Identity?

    /// Binds and listens, replacing a stale socket of a daemon that is gone, creating the directory where it is
    /// missing.
    package init(path: String, mode: mode_t, group: String?) throws(SocketError) {
        let address = try UnixAddress(path: path)
        let directory = try Self.directory(of: path)
        // Two daemons that start at once would each take the other's fresh socket for a stale one.
        let lock = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let isLocked = lock >= 0 && Self.lock(lock)
        defer { if lock >= 0 { close(lock) } }
        try Self.clear(path, address)

        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .failed(path: path, action: "socket", code: errno) }
        do {
            // Nobody else may connect before owner and mode are what they should be.
            fchmod(descriptor, S_IRUSR | S_IWUSR)
            guard address.withPointer({ bind(descriptor, $0, $1) }) == 0 else {
                throw errno == EACCES || errno == EPERM || errno == EROFS
                    ? SocketError.notWritable(path: path, code: errno)
                    : SocketError.failed(path: path, action: "bind", code: errno)
            }
            guard listen(descriptor, 128) == 0 else {
                throw SocketError.failed(path: path, action: "listen", code: errno)
            }
            self.identity = Self.identity(of: path)
            let owner = Self.give(path, to: group)
            groupID = owner.groupID
            var notices = owner.notices
            if lock >= 0, !isLocked {
                notices.append(
                    "directory \(directory) is locked by another program (flock); the socket was made all the same")
            }
            if chmod(path, mode) != 0 {
                notices.append(
                    "mode of socket \(path) could not be set: \(systemText(errno)); only its owner can connect")
            }
            self.notices = notices
        } catch let error as SocketError {
            close(descriptor)
            throw error
        } catch {
            preconditionFailure("only socket errors are thrown here: \(error)")
        }
        self.descriptor = descriptor
        self.path = path
    }

    /// Removes the socket from the file system, unless somebody has put another file in its place.
    package func removeFile() {
        if let identity, Self.identity(of: path) == identity { unlink(path) }
    }

    /// Makes sure that nothing is at the path: a socket that nobody answers is stale and removed.
    private static func clear(_ path: String, _ address: UnixAddress) throws(SocketError) {
        var information = stat()
        guard lstat(path, &information) == 0 else {
            if errno == ENOENT { return }
            throw .notWritable(path: path, code: errno)
        }
        guard information.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .failed(path: path, action: "socket", code: errno) }
        defer { close(probe) }
        let connected = address.withPointer { connect(probe, $0, $1) }
        let code = connected == 0 ? 0 : errno
        switch code {
        case ECONNREFUSED: break
        case ENOENT: return
        case EACCES, EPERM: throw .notWritable(path: path, code: code)
        // Connected, or the backlog of somebody who listens is full, or it speaks datagrams: it lives.
        default: throw .inUse(path: path)
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw .notWritable(path: path, code: errno) }
    }

    /// The directory of the path, created with its parents if it was missing.
    private static func directory(of path: String) throws(SocketError) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        let directory = String(path[..<slash])
        if directory.isEmpty { return "/" }
        var end = directory.startIndex
        while end != directory.endIndex {
            end = directory[directory.index(after: end)...].firstIndex(of: "/") ?? directory.endIndex
            let part = String(directory[..<end])
            guard mkdir(part, 0o755) != 0, errno != EEXIST else { continue }
            let code = errno
            guard access(part, F_OK) == 0 else { throw .noDirectory(directory: directory, code: code) }
        }
        return directory
    }

    /// Locks a directory against other daemons; false if somebody, who can only be another kind of program, keeps it for
    /// two seconds.
    private static func lock(_ directory: CInt) -> Bool {
        for _ in 0..<200 {
            if flock(directory, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(10_000)
        }
        return false
    }

    /// Hands the socket to a group; where that cannot be, it stays as it is and a notice says so.
    private static func give(_ path: String, to group: String?) -> (groupID: gid_t?, notices: [String]) {
        guard let group else { return (nil, []) }
        guard let groupID = Group.identifier(of: group) else {
            return (nil, ["there is no group \(group); socket \(path) stays with the group of this process"])
        }
        // A user may give a file only to a group of which it is a member.
        guard chown(path, uid_t.max, groupID) == 0 else {
            return (
                nil,
                [
                    "socket \(path) cannot be given to group \(group): \(systemText(errno)); it stays with the group of this process"
                ]
            )
        }
        return (groupID, [])
    }

    private static func identity(of path: String) -> Identity? {
        var information = stat()
        guard lstat(path, &information) == 0 else { return nil }
        return Identity(device: information.st_dev, inode: information.st_ino)
    }
}
