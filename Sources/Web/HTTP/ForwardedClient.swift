import HTTPTypes
import Hummingbird
import ServiceSettings

/// Who asks, where a proxy asks for somebody else: what a trusted proxy says in `X-Forwarded-For`, and only that.
package struct TrustedProxies: Sendable {
    private let ranges: [AddressRange]

    package init(_ ranges: [AddressRange]) { self.ranges = ranges }

    package func contains(_ address: String) -> Bool {
        IPAddress(address).map { address in ranges.contains { $0.contains(address) } } ?? false
    }

    /// The address that stands for the client.
    ///
    /// Each proxy appends whom it heard, so the list is read from its end, for as long as who wrote it is trusted; what
    /// stands before that, anybody may have written.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - forwarded: the header's value, several headers joined by commas.
    package func client(peer: String, forwarded: String) -> String {
        var client = peer
        var entries = forwarded.split(separator: ",")
        while contains(client), let last = entries.popLast(), let address = Self.address(String(last)) {
            client = address
        }
        return client
    }

    /// Without the port, the brackets and the quotation marks that some proxies write; nil for what is no address.
    private static func address(_ entry: String) -> String? {
        var text = entry.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            text = String(text[text.index(after: text.startIndex)..<end])
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            text = String(text[..<colon])
        }
        return IPAddress(text) == nil ? nil : text
    }
}

/// Puts the client's address into the context, for limits and log.
struct ForwardedClient: RouterMiddleware {
    let proxies: TrustedProxies

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let name = HTTPField.Name("X-Forwarded-For") {
            let forwarded = request.headers[values: name].joined(separator: ",")
            context.client = proxies.client(peer: context.client, forwarded: forwarded)
        }
        return try await next(request, context)
    }
}
