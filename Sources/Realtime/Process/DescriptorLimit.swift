import Glibc

/// How many files and sockets this process may have open at once, and what connections leave of them to everything else:
/// to a device that is opened again, a configuration that is read again, the threads of the system's libraries.
public enum DescriptorLimit {
    /// The soft limit, as it is now (`LimitNOFILE=`, `ulimit -n`, prlimit).
    public static var current: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many of the last ones no connection may take: sixteen, and of a small limit an eighth.
    public static var reserve: Int { min(16, current / 8) }

    /// Whether a connection must not keep this descriptor. The kernel gives the lowest that is free, so a number among the
    /// last ones says that hardly any is left.
    public static func isReserved(_ descriptor: CInt) -> Bool { Int(descriptor) >= current - reserve }

    /// Whether none is free but the reserve.
    public static var isShort: Bool {
        let probe = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard probe >= 0 else { return errno == EMFILE || errno == ENFILE }
        defer { close(probe) }
        return isReserved(probe)
    }

    /// Makes sure that a service can work, before anything of it is opened: raises the soft limit as far as the service
    /// can use it and the hard one allows.
    ///
    /// - Parameters:
    ///   - needed: what it needs without a single connection; so many must be free.
    ///   - connections: what it serves at most.
    /// - Returns: a sentence if not all of these connections fit.
    /// - Throws: ``DescriptorShortage`` when not even `needed` are free.
    public static func prepare(needed: Int, connections: Int) throws(DescriptorShortage) -> String? {
        let inUse = lowestFree
        raise(to: inUse + needed + connections + 16)
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < needed {
            let descriptor = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw DescriptorShortage(free: opened.count, needed: needed, limit: current) }
            opened.append(descriptor)
        }
        let most = current - reserve - needed - inUse
        guard most < connections else { return nil }
        return
            "\(current) file descriptors leave room for \(max(0, most)) connections of \(connections): raise LimitNOFILE="
    }

    private static var lowestFree: Int {
        let probe = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard probe >= 0 else { return current }
        defer { close(probe) }
        return Int(probe)
    }

    private static func raise(to wanted: Int) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted else {
            return
        }
        limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// A process that may open too few files and sockets to do its work.
public struct DescriptorShortage: Error, Equatable, CustomStringConvertible {
    public let free: Int
    public let needed: Int
    public let limit: Int

    public var description: String {
        "only \(free) file descriptors are free of the \(limit) that are allowed, and \(needed) are needed; "
            + "raise LimitNOFILE= in the unit, or ulimit -n"
    }
}
