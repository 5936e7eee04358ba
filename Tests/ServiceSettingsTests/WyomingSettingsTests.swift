import ServiceSettings
import Testing

/// Where `attune-wyoming` is told to listen.
struct WyomingSettingsTests {
    private func problem(_ value: String) -> String? {
        do {
            _ = try SettingsReader().read(text: "wyoming: {uri: \"\(value)\"}", name: "a.yaml")
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("tcp://0.0.0.0:10400", ListenAddress.tcp(host: "0.0.0.0", port: 10400)),
        ("tcp://[::1]:0", .tcp(host: "::1", port: 0)), ("tcp://localhost:1", .tcp(host: "localhost", port: 1)),
        ("unix:///run/w.sock", .unix(path: "/run/w.sock")),
    ])
    func `it listens on a port or a socket, and says it as it was written`(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address && address.description == text && problem(text) == nil)
    }

    @Test(arguments: [
        ("stdio://", "begins with neither"), ("0.0.0.0:10400", "begins with neither"), ("tcp://0.0.0.0", "no port"),
        ("tcp://:1", "name of a host"), ("tcp://[::1", "no port"), ("tcp://a:99999", "port from 0 to 65535"),
        ("tcp://a:+1", "port from"), ("unix://run/x", "path"), ("unix:///a\\nb", "path"),
    ])
    func `anything else is refused, and why`(text: String, reason: String) {
        let problem = problem(text) ?? "taken"
        #expect(problem.contains(reason), "\(problem)")
    }
}
