import Glibc

/// Where the socket is when nobody says otherwise.
public enum SocketPath {
    /// The socket of the system's daemon.
    public static let system = "/run/attuned/attuned.sock"

    /// Where a daemon listens: the system's path for root or without a runtime directory, else in the user's own.
    public static func server(environment: [String: String], userID: uid_t = geteuid()) -> String {
        if userID != 0, let path = userPath(environment) { return path }
        return system
    }

    /// Where a client looks: `ATTUNED_SOCKET`, then the user's own socket if it exists, then the system's.
    public static func client(environment: [String: String]) -> String {
        if let path = environment["ATTUNED_SOCKET"], !path.isEmpty { return path }
        if let path = userPath(environment), access(path, F_OK) == 0 { return path }
        return system
    }

    /// What to do where `server` chose the system's path for want of the user's own runtime directory; nil where it did
    /// not.
    public static func advice(environment: [String: String], userID: uid_t = geteuid()) -> String? {
        guard userID != 0, userPath(environment) == nil else { return nil }
        return "XDG_RUNTIME_DIR is not set, so the system's path was taken; set it or socket.path"
    }

    private static func userPath(_ environment: [String: String]) -> String? {
        guard let directory = environment["XDG_RUNTIME_DIR"], directory.hasPrefix("/") else { return nil }
        return directory + "/attuned/attuned.sock"
    }
}
