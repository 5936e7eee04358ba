import ServiceSettings
import Testing
import Web

struct TrustedProxiesTests {
    private static let proxies = TrustedProxies(
        ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].compactMap { AddressRange($0) })

    @Test(arguments: [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
        // What a client wrote itself stands before what the proxy appended.
        ("127.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "1.1.1.1,198.51.100.7,10.1.2.3, fd00::5", "198.51.100.7"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("127.0.0.1", "\"[2001:db8::1]:4711\"", "2001:db8::1"),
        ("127.0.0.1", "198.51.100.7, unknown", "127.0.0.1"),
        ("127.0.0.1", ",,", "127.0.0.1"),
    ])
    func `only a trusted proxy says for whom it asks`(peer: String, forwarded: String, client: String) {
        #expect(Self.proxies.client(peer: peer, forwarded: forwarded) == client)
    }
}
