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
        let authority = AddressText.authority(text)
        host = authority.host
        port = authority.port.flatMap { Int($0) } ?? (isEncrypted ? 8883 : 1883)
    }

    /// What is wrong with a text that should be one; nil if nothing is. It does not repeat the text: somebody may have
    /// written a password in it.
    static func problem(_ text: String) -> String? {
        if text.hasPrefix(socketScheme) {
            return AddressText.problem(socketPath: text.dropFirst(socketScheme.count))
        }
        guard text.hasPrefix("mqtt://") || text.hasPrefix("mqtts://") else {
            return "begins with none of mqtt://, mqtts:// and unix://"
        }
        if text.contains("@") {
            return "must not have a user or a password in it: those are mqtt.user and mqtt.password_file"
        }
        return AddressText.problem(authority: AddressText.authority(text))
    }

    private static let socketScheme = "unix://"
}
