import Events
import HTTPTypes
import Hummingbird

/// What changes the daemon: only with the token.
struct ControlRoutes: Sendable {
    let daemon: DaemonLink
    /// Nil: no control over the network at all.
    let token: String?

    /// `POST /api/mute`
    @Sendable func mute(_ request: Request, _ context: WebContext) async throws -> Response {
        try await change(request, .mute)
    }

    /// `POST /api/unmute`
    @Sendable func unmute(_ request: Request, _ context: WebContext) async throws -> Response {
        try await change(request, .unmute)
    }

    private func change(_ request: Request, _ order: Events.Request) async throws -> Response {
        try permit(request)
        _ = try await daemon.ask(order)
        return Response(json: await daemon.statusLine)
    }

    private func permit(_ request: Request) throws {
        guard let token else {
            throw Problem(.forbidden, "control is switched off; web.token_file in the configuration switches it on")
        }
        let given = request.headers[.authorization].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        guard let given, isEqual(given, token) else {
            throw Problem(
                .unauthorized, "this needs the token, as \"Authorization: Bearer TOKEN\"",
                headers: [.wwwAuthenticate: "Bearer"])
        }
    }

    /// In a time that tells nothing about where the two differ.
    private func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var difference = left.count ^ right.count
        for index in right.indices { difference |= Int(right[index] ^ (index < left.count ? left[index] : 0)) }
        return difference == 0
    }
}
