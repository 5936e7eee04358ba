import Glibc

/// The address of a Unix socket in the file system.
package struct UnixAddress {
    /// Bytes that a path may have: `sun_path` less the final zero.
    package static let pathLimitBytes = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    private var storage = sockaddr_un()

    package init(path: String) throws(SocketError) {
        guard !path.isEmpty, !path.utf8.contains(0), path.utf8.last != UInt8(ascii: "/") else {
            throw .pathNotUsable(path: path)
        }
        guard path.utf8.count <= Self.pathLimitBytes else {
            throw .pathTooLong(path: path, limitBytes: Self.pathLimitBytes)
        }
        storage.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: path.utf8) }
    }

    /// Calls `bind` or `connect` with the address and returns its result.
    package func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        withUnsafePointer(to: storage) { pointer in
            // SAFETY: sockaddr_un begins with the fields of sockaddr, and the length says how much there is.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
