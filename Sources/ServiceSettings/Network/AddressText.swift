import Protocol

/// The parts of an address that is written as `SCHEME://HOST:PORT` or `unix:///PATH`.
enum AddressText {
    /// What stands behind the scheme; brackets around an address of IPv6 are taken away.
    static func authority(_ text: String) -> (host: String, port: String?) {
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

    /// What is wrong with a host and a port; nil if nothing is.
    static func problem(authority: (host: String, port: String?), ports: ClosedRange<Int> = 1...65_535) -> String? {
        if let port = authority.port {
            guard let number = wholeNumber(port), ports.contains(number), port == "\(number)" else {
                return "has no port from \(ports.lowerBound) to \(ports.upperBound) behind its colon"
            }
        }
        let host = authority.host
        let isAddress = IPAddress(host) != nil
        let isName = !host.isEmpty && !host.contains(":") && HostName.problem(host) == nil
        return isAddress || isName ? nil : "has no name of a host"
    }

    /// What is wrong with the path of a Unix socket; nil if nothing is.
    static func problem(socketPath path: Substring) -> String? {
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return "names no path of a socket"
        }
        let most = UnixAddress.pathLimitBytes
        return path.utf8.count <= most
            ? nil : "is too long for the path of a socket, which has at most \(most) bytes"
    }
}
