import ServiceSettings
import Testing

/// What `attune-mqtt` is told of brokers and names.
struct MQTTSettingsTests {
    private func problem(_ key: String, _ value: String) -> String? {
        do {
            _ = try SettingsReader().read(text: "mqtt: {\(key): \"\(value)\"}", name: "a.yaml")
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("mqtt://a.example", "a.example", 1883, false), ("mqtts://a.example/", "a.example", 8883, true),
        ("mqtt://192.0.2.1:1884", "192.0.2.1", 1884, false), ("mqtts://[::1]:9", "::1", 9, true),
        ("mqtt://[fd00::1]", "fd00::1", 1883, false), ("unix:///run/a b.sock", "/run/a b.sock", 0, false),
    ])
    func `a broker is a host or a socket`(text: String, host: String, port: Int, isEncrypted: Bool) throws {
        let address = try #require(BrokerAddress(text))
        #expect(address.host == host && address.port == port && address.isEncrypted == isEncrypted)
        #expect(problem("server", text) == nil)
    }

    @Test(arguments: [
        ("a.example", "begins"), ("http://a.example", "begins"), ("mqtt://", "name of a host"),
        ("mqtt://a.example:0", "port"), ("mqtt://a.example:", "port"), ("mqtt://a.example:99999", "port"),
        ("mqtt://a b", "name of a host"), ("mqtt://::1", "port"), ("unix://run/a", "path"), ("unix:///a\\nb", "path"),
        ("mqtt://a.example/topic", "name of a host"), ("mqtt://[::1", "port"), ("mqtt://[x]", "name of a host"),
    ])
    func `anything else is refused, and why`(text: String, reason: String) {
        let problem = problem("server", text) ?? "taken"
        #expect(problem.contains(reason), "\(problem)")
    }

    @Test func `a password in the address is refused, and not repeated`() {
        let problem = problem("server", "mqtt://me:s3cret@a.example") ?? "taken"
        #expect(problem.contains("password_file") && !problem.contains("s3cret"))
    }

    @Test(arguments: [
        ("a/b", "two levels"), ("a#", "\"#\""), ("+", "\"+\""), ("a\\nb", "line feed"), ("$SYS", "\"$\""),
        (String(repeating: "a", count: 65), "64 bytes"),
    ])
    func `a name that would be more than one level of a topic is refused, and why`(name: String, reason: String) {
        for key in ["name", "client_id"] {
            let problem = problem(key, name) ?? "taken"
            #expect(problem.contains(reason), "\(problem)")
        }
    }

    @Test(arguments: ["kitchen", "living room", "K\\\"üche\\\"", "a'b"])
    func `a name may have spaces, quotes and letters of any language`(name: String) {
        #expect(problem("name", name) == nil)
    }

    @Test func `the beginning of topics may have levels, and no empty ones`() {
        #expect(problem("base_topic", "home/attuned") == nil && problem("discovery_prefix", "") == nil)
        for topic in ["", "/a", "a/", "a//b", "a/#", "a/+/b"] { #expect(problem("base_topic", topic) != nil) }
    }

    @Test func `ids of different names differ, and are plain`() {
        let names = ["a b", "a_b", "a-b", "ä", "a_20b", "a\"b", "a/b"]
        let ids = names.map(TopicName.id)
        #expect(Set(ids).count == names.count && ids[0] == "a_20b" && ids[2] == "a-b")
        #expect(ids.allSatisfy { $0.utf8.allSatisfy { $0 == 0x5F || $0 == 0x2D || (0x30...0x7A).contains($0) } })
    }
}
