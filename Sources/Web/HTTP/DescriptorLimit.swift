import Glibc
import ServiceSettings

/// How many files and sockets the process may have open.
enum DescriptorLimit {
    /// What the process has beside its clients: libraries, log, event loops (three for each processor), models.
    private static func own(processors: Int) -> Int { 48 + 4 * processors }

    /// Raises the limit to what so many clients need, as far as the process may.
    ///
    /// - Throws: ``StartError`` where it may not: without free descriptors the runtime itself ends the process.
    static func raise(forConnections connections: Int, processors: Int) throws(StartError) {
        let needed = rlim_t(connections + own(processors: processors))
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < needed else { return }
        let allowed = min(needed, limit.rlim_max)
        limit.rlim_cur = allowed
        guard allowed == needed, setrlimit(resource, &limit) == 0 else {
            throw StartError(
                "web.max_connections is \(connections), which needs \(needed) open files, and \(allowed) are allowed; "
                    + "allow more (LimitNOFILE in the unit, ulimit -n) or give fewer connections", exitCode: EX_CONFIG)
        }
    }
}
