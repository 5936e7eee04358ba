import Glibc

/// Why the event socket could not be opened. The description names the path and what to do.
public enum SocketError: Error, Equatable, CustomStringConvertible {
    /// Longer than the kernel's `sun_path`.
    case pathTooLong(path: String, limitBytes: Int)
    /// Empty, or holds a zero byte.
    case pathNotUsable(path: String)
    /// Somebody answers there.
    case inUse(path: String)
    /// Something that is not a socket is there, and it is not ours to delete.
    case notASocket(path: String)
    /// The directory does not let us create the socket, or the stale one cannot be removed.
    case notWritable(path: String, code: CInt)
    /// The directory is missing and could not be made.
    case noDirectory(directory: String, code: CInt)
    /// Anything else that the kernel refused; `action` is the call.
    case failed(path: String, action: String, code: CInt)

    public var description: String {
        switch self {
        case .pathTooLong(let path, let limitBytes):
            "socket path \(path) has \(path.utf8.count) bytes, at most \(limitBytes) are possible; "
                + "set socket.path to a shorter one"
        case .pathNotUsable(let path):
            "socket path \"\(path)\" cannot be used; set socket.path to an absolute path of a file"
        case .inUse(let path):
            "socket \(path) is in use: another daemon listens there; "
                + "stop it (systemctl stop attuned) or set socket.path to another path"
        case .notASocket(let path):
            "\(path) exists and is not a socket; move it away or set socket.path to another path"
        case .notWritable(let path, let code):
            "socket \(path) cannot be created: \(systemText(code)); "
                + "make its directory writable for this user or set socket.path to another path"
        case .noDirectory(let directory, let code):
            "directory \(directory) of the socket cannot be created: \(systemText(code)); "
                + "create it or set socket.path to another path"
        case .failed(let path, let action, let code):
            "socket \(path) cannot be opened: \(action): \(systemText(code))"
        }
    }
}

/// The system's words for an error number.
package func systemText(_ code: CInt) -> String {
    String(cString: strerror(code))
}
