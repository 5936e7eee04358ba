/// Where a service listens: `tcp://ADDRESS:PORT`, an address of IPv6 in brackets, or `unix:///PATH`.
public enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// Port 0 takes a free one.
    case tcp(host: String, port: Int)
    case unix(path: String)

    private static let tcpScheme = "tcp://"
    private static let socketScheme = "unix://"

    /// Nil for what ``problem(_:)`` finds fault with.
    public init?(_ text: String) {
        guard Self.problem(text) == nil else { return nil }
        if text.hasPrefix(Self.socketScheme) {
            self = .unix(path: String(text.dropFirst(Self.socketScheme.count)))
        } else {
            let (host, port) = AddressText.authority(text)
            self = .tcp(host: host, port: port.flatMap { Int($0) } ?? 0)
        }
    }

    public var description: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }

    /// What is wrong with a text that should be one; nil if nothing is.
    static func problem(_ text: String) -> String? {
        if text.hasPrefix(socketScheme) {
            return AddressText.problem(socketPath: text.dropFirst(socketScheme.count))
        }
        guard text.hasPrefix(tcpScheme) else { return "begins with neither tcp:// nor unix://" }
        let authority = AddressText.authority(text)
        guard authority.port != nil else { return "has no port" }
        return AddressText.problem(authority: authority, ports: 0...65_535)
    }
}
