import ServiceSettings
import Testing

/// What `attune-web` is told of names, origins and proxies.
struct WebSettingsTests {
    private func problem(_ key: String, _ value: String) -> String? {
        do {
            _ = try SettingsReader().read(text: "web: {\(key): \"\(value)\"}", name: "a.yaml")
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        "https://a.example", "http://a.example:8080", "http://127.0.0.1:3000 https://[::1]:8443", "http://[::1]",
        "https://xn--bcher-kva.example", "",
    ])
    func `an origin as browsers send it is taken`(origins: String) throws {
        let settings = try SettingsReader().read(text: "web: {cors_origins: \"\(origins)\"}", name: "a.yaml")
        #expect(settings.web.corsOrigins == origins.split(separator: " ").map(String.init))
    }

    @Test(arguments: [
        ("*", "stranger"), ("https://a.example/", "path"), ("https://a.example/b", "path"), ("a.example", "begin"),
        ("https://*.example", "name"), ("https://A.example", "capitals"), ("https://a.example:443", "usual port"),
        ("http://a.example:80", "usual port"), ("http://a.example:", "colon"), ("http://a.example:0", "colon"),
        ("http://a.example:080", "colon"), ("null", "begin"), ("ftp://a.example", "begin"), ("http://", "name"),
        ("http:/a.example", "begin"), ("https://bücher.example", "name"), ("https://user@a.example", "name"),
        ("https://a.example https://b.example/", "path"), ("http://::1", "name"), ("http://[::1", "name"),
    ])
    func `an origin that no browser sends is refused, and why`(origin: String, reason: String) {
        let problem = problem("cors_origins", origin) ?? "taken"
        #expect(problem.contains(reason), "\(problem)")
    }

    @Test func `a host is a name or an address, and no more`() {
        for name in ["a.example", "raspberrypi", "my_box.local 192.0.2.1", "::1"] {
            #expect(problem("allowed_hosts", name) == nil)
        }
        for name in ["http://a.example", "a.example:8080", "a b*", "é.example"] {
            #expect(problem("allowed_hosts", name) != nil)
        }
    }

    @Test func `a proxy is an address or a network`() {
        for name in ["127.0.0.1", "10.0.0.0/8 ::1", "fd00::/8", "0.0.0.0/0"] {
            #expect(problem("trusted_proxies", name) == nil)
        }
        for name in ["localhost", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "[::1]"] {
            #expect(problem("trusted_proxies", name) != nil)
        }
    }

    @Test func `a network holds what begins as it does`() throws {
        func holds(_ range: String, _ address: String) throws -> Bool {
            try #require(AddressRange(range)).contains(try #require(IPAddress(address)))
        }
        #expect(try holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"))
        #expect(try holds("192.0.2.128/25", "192.0.2.200") && !holds("192.0.2.128/25", "192.0.2.127"))
        #expect(try holds("192.0.2.1", "::ffff:192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"))
        #expect(try holds("fe80::/10", "febf::1") && !holds("fe80::/10", "fec0::1"))
        #expect(try holds("0.0.0.0/0", "192.0.2.1") && !holds("0.0.0.0/0", "2001:db8::1"))
    }
}
