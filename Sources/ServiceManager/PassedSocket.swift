import Glibc
internal import CSystemd

/// Listening sockets that the service manager opened and keeps (`sd_listen_fds`): they outlive the service, so that who
/// connects during a restart waits instead of being turned away.
public enum PassedSocket {
    /// The descriptors of all listening stream sockets that were passed. Descriptors of any other kind are closed and counted.
    ///
    /// - Parameter onlyUnix: whether sockets of the network are of another kind.
    ///
    /// To be called once: the variables that tell of them are removed, so that no child takes them for its own.
    public static func take(onlyUnix: Bool = true) -> (descriptors: [Int32], others: Int) {
        let count = sd_listen_fds(1)
        var found: [Int32] = []
        var others = 0
        for descriptor in firstDescriptor..<(firstDescriptor + max(0, count)) {
            let family = onlyUnix ? AF_UNIX : AF_UNSPEC
            if sd_is_socket(descriptor, family, Int32(SOCK_STREAM.rawValue), 1) > 0 {
                found.append(descriptor)
            } else {
                close(descriptor)
                others += 1
            }
        }
        return (found, others)
    }

    /// SD_LISTEN_FDS_START of sd-daemon.h.
    private static let firstDescriptor: Int32 = 3
}
