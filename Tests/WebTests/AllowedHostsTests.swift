import Testing
import Web

struct AllowedHostsTests {
    private static let hosts = AllowedHosts(["attuned.example", "192.0.2.9"])

    @Test(arguments: [
        "localhost", "LOCALHOST:8080", "a.localhost", "127.0.0.1:8080", "127.8.9.10", "[::1]:8080", "localhost.",
        "attuned.example", "Attuned.Example:80", "attuned.example.", "192.0.2.9:1", "10.1.2.3:8080",
    ])
    func `its own names are answered to`(host: String) {
        #expect(Self.hosts.contains(host, localAddress: "10.1.2.3"))
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "attuned.example.evil.example", "127.0.0.1.evil.example", "10.1.2.4",
        "127.evil", "", ":8080", "[::2]", "[::1", "notlocalhost", "0x7f.1", "192.0.2.10",
    ])
    func `no other name is, whatever it leads to`(host: String) {
        #expect(!Self.hosts.contains(host, localAddress: "10.1.2.3"))
    }
}
