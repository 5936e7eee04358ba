import Glibc

/// An address of the Internet Protocol: 16 bytes, an IPv4 address as IPv6 maps it (`::ffff:192.0.2.1`), so that both ways
/// to write it are the same.
public struct IPAddress: Sendable, Hashable {
    public let bytes: [UInt8]

    /// An address as it is written, without brackets or port; nil for anything else.
    public init?(_ text: String) {
        var old = in_addr()
        var new = in6_addr()
        if inet_pton(AF_INET, text, &old) == 1 {
            bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + withUnsafeBytes(of: old) { Array($0) }
        } else if inet_pton(AF_INET6, text, &new) == 1 {
            bytes = withUnsafeBytes(of: new) { Array($0) }
        } else {
            return nil
        }
    }

    /// Whether it is this machine itself: 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        isIPv4 ? bytes[12] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    var isIPv4: Bool { bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] }
}
