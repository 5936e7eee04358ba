import Glibc

/// Who is at the other end of a Unix socket, as the kernel vouches for it.
public struct Peer: Sendable, Equatable {
    public var processID: pid_t
    public var userID: uid_t
    /// Primary and supplementary groups.
    public var groupIDs: [gid_t]

    public init(processID: pid_t, userID: uid_t, groupIDs: [gid_t]) {
        self.processID = processID
        self.userID = userID
        self.groupIDs = groupIDs
    }

    /// Reads SO_PEERCRED and SO_PEERGROUPS: what the peer was when it connected. Nil if the kernel does not say.
    init?(descriptor: CInt) {
        // The kernel's struct ucred, which the C library's module hides: process, user, primary group, 32 bits each.
        var credentials: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        // NGROUPS_MAX is 65536, but a peer in more than 1024 groups is simply known by its primary one.
        var groups = [gid_t](repeating: 0, count: 1024)
        var groupsLength = socklen_t(groups.count * MemoryLayout<gid_t>.size)
        let groupsRead = getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &groups, &groupsLength) == 0
        let supplementary = groupsRead ? groups.prefix(Int(groupsLength) / MemoryLayout<gid_t>.size) : []
        self.init(processID: credentials.pid, userID: credentials.uid, groupIDs: [credentials.gid] + supplementary)
    }

    /// Whether it may change what the daemon does: root, the daemon's own user, or a member of the socket's group.
    package func mayControl(daemonUserID: uid_t, groupID: gid_t?) -> Bool {
        userID == 0 || userID == daemonUserID || groupID.map(groupIDs.contains) ?? false
    }
}
