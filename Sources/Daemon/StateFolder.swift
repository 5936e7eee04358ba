/// Where the daemon keeps what is to outlive it.
enum StateFolder {
    /// The first that systemd made for the service (`StateDirectory=`); nil where there is none, and then nothing is kept.
    static func path(environment: [String: String]) -> String? {
        environment["STATE_DIRECTORY"]?.split(separator: ":").first.map(String.init)
    }
}
