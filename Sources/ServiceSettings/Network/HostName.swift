/// A name that a service is asked by, as in the header `Host`.
enum HostName {
    /// What is wrong with a name that is configured; nil if it can be one.
    static func problem(_ name: String) -> String? {
        if IPAddress(name) != nil { return nil }
        if name.contains("/") { return "is a URL" }
        if name.contains(":") { return "has a port, which does not matter" }
        let isPlain = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || "-._".utf8.contains(byte)
        }
        return isPlain ? nil : "is no name of a host"
    }
}
