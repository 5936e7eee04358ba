/// A network, `10.0.0.0/8`, or a single address.
public struct AddressRange: Sendable, Equatable {
    private let address: IPAddress
    /// Leading bits that an address must share with it, of 128.
    private let bits: Int

    /// Nil for what is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = IPAddress(parts[0]) else { return nil }
        let longest = address.isIPv4 ? 32 : 128
        guard let length = parts.count == 1 ? longest : wholeNumber(parts[1]), (0...longest).contains(length) else {
            return nil
        }
        self.address = address
        bits = 128 - longest + length
    }

    public func contains(_ other: IPAddress) -> Bool {
        let whole = bits / 8
        guard other.bytes.prefix(whole) == address.bytes.prefix(whole) else { return false }
        let rest = bits % 8
        return rest == 0 || (other.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0
    }
}
