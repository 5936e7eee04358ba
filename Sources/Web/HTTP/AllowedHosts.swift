import HTTPTypes
import Hummingbird
import ServiceSettings

/// The names that the service answers to.
///
/// A page of a stranger can have its own name lead to this machine (DNS rebinding), and then reads whatever is answered to
/// that name as its own. So only names count that lead here by right: the configured ones, those of the loopback, and the
/// very address that was connected to.
package struct AllowedHosts: Sendable {
    private let names: Set<String>

    package init(_ names: [String]) { self.names = Set(names.map { $0.lowercased() }) }

    /// - Parameters:
    ///   - authority: the header `Host`, with or without a port.
    ///   - localAddress: the address at which the client was connected.
    package func contains(_ authority: String, localAddress: String?) -> Bool {
        let host = Self.host(of: authority.lowercased())
        if host == "localhost" || host.hasSuffix(".localhost") || names.contains(host) { return true }
        guard let address = IPAddress(host) else { return false }
        return address.isLoopback || localAddress.flatMap { IPAddress($0) } == address
    }

    /// Without port, brackets and the dot that may end a name.
    private static func host(of authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        let host = authority.prefix { $0 != ":" }
        return String(host.last == "." ? host.dropLast() : host)
    }
}

/// Refuses requests for other names. Who names none, as old clients may, is no browser.
struct HostGuard: RouterMiddleware {
    let allowed: AllowedHosts

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard let authority = request.head.authority, !allowed.contains(authority, localAddress: context.localAddress)
        else { return try await next(request, context) }
        throw Problem(
            .misdirectedRequest,
            "this service does not answer to the name \"\(authority.prefix(100))\"; if it is yours, add it to "
                + "web.allowed_hosts in the configuration")
    }
}
