/// An origin as browsers send it (RFC 6454): scheme, host in small letters, and the port only where it is not the scheme's
/// own.
enum WebOrigin {
    private static let usualPorts = ["http": "80", "https": "443"]

    /// Why a text can match no origin that a browser sends, or must not; nil if it is one.
    static func problem(_ text: String) -> String? {
        if text == "*" { return "would let every page of a stranger read what is heard" }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[1].isEmpty, let usual = usualPorts[String(parts[0].dropLast())],
            parts[0].hasSuffix(":")
        else { return "does not begin with http:// or https://" }
        if parts.count > 3 { return "has a path, and an origin has none, not even a \"/\" at its end" }
        let authority = parts[2]
        if authority != authority.lowercased() { return "has capitals, and browsers send none" }
        var host = authority
        // A colon within brackets is one of an IPv6 address.
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            let port = String(authority[authority.index(after: colon)...])
            guard let number = wholeNumber(port), (1...65_535).contains(number), port == "\(number)" else {
                return "has no port behind its colon"
            }
            if port == usual { return "names the usual port, which browsers leave away" }
            host = String(authority[..<colon])
        }
        let isAddress =
            host.hasPrefix("[") && host.hasSuffix("]") && IPAddress(String(host.dropFirst().dropLast())) != nil
        let isName = !host.isEmpty && !host.contains(":") && HostName.problem(host) == nil
        return isAddress || isName ? nil : "has no name of a host"
    }
}
