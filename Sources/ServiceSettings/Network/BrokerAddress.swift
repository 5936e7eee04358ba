/// Where an MQTT broker is: `mqtt://HOST`, or `mqtts://HOST` by TLS, both with `:PORT` where it is not the usual one; or
/// `unix:///PATH`.
public struct BrokerAddress: Sendable, Equatable, CustomStringConvertible {
    /// Name or address, or the path of a socket.
    public let host: String
    /// 0 for a socket.
    public let port: Int
    public let isEncrypted: Bool
    /// As it was written.
    public let description: String

    /// Nil for what ``problem(_:)`` finds fault with.
    public init?(_ text: String) {
        guard Self.problem(text) == nil else { return nil }
        description = text
        if text.hasPrefix(Self.socketScheme) {
            (host, port, isEncrypted) = (String(text.dropFirst(Self.socketScheme.count)), 0, false)
            return
        }
        isEncrypted = text.hasPrefix("mqtts:")
        let authority = Self.authority(text)
        host = authority.host
        port = authority.port.flatMap { Int($0) } ?? (isEncrypted ? 8883 : 1883)
    }

    /// What is wrong with a text that should be one; nil if nothing is. It does not repeat the text: somebody may have
    /// written a password in it.
    static func problem(_ text: String) -> String? {
        if text.hasPrefix(socketScheme) {
            let path = text.dropFirst(socketScheme.count)
            guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                return "names no path of a socket"
            }
            return path.utf8.count <= 107 ? nil : "is too long for the path of a socket, which has at most 107 bytes"
        }
        guard text.hasPrefix("mqtt://") || text.hasPrefix("mqtts://") else {
            return "begins with none of mqtt://, mqtts:// and unix://"
        }
        if text.contains("@") {
            return "must not have a user or a password in it: those are mqtt.user and mqtt.password_file"
        }
        let (host, port) = authority(text)
        if let port {
            guard let number = wholeNumber(port), (1...65_535).contains(number), port == "\(number)" else {
                return "has no port from 1 to 65535 behind its colon"
            }
        }
        let isAddress = IPAddress(host) != nil
        let isName = !host.isEmpty && !host.contains(":") && HostName.problem(host) == nil
        return isAddress || isName ? nil : "has no name of a host"
    }

    private static let socketScheme = "unix://"

    /// What stands behind the scheme; brackets around an address of IPv6 are taken away.
    private static func authority(_ text: String) -> (host: String, port: String?) {
        var rest = String(text.drop { $0 != "/" }.dropFirst(2))
        if rest.hasSuffix("/") { rest.removeLast() }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let host = String(rest[rest.index(after: rest.startIndex)..<end])
            guard host.contains(":") else { return (rest, nil) }
            let behind = rest[rest.index(after: end)...]
            if behind.isEmpty { return (host, nil) }
            return behind.hasPrefix(":") ? (host, String(behind.dropFirst())) : (rest, nil)
        }
        guard let colon = rest.firstIndex(of: ":") else { return (rest, nil) }
        return (String(rest[..<colon]), String(rest[rest.index(after: colon)...]))
    }
}
