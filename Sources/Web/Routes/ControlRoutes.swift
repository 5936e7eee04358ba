import FoundationEssentials
import HTTPTypes
import Hummingbird
import Models
import Protocol
import ServiceSettings
import Spotting

/// What changes the daemon: only with the token.
struct ControlRoutes: Sendable {
    let daemon: DaemonLink
    let recognizer: Recognizer
    /// What a model is to decide by, as it is configured.
    let settings: Settings
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

    private struct Wish: Decodable {
        let name: String?
        let version: String
    }

    /// `POST /api/models/activate`: another model takes over, in the daemon and for uploads; in neither if one cannot.
    @Sendable func activate(_ request: Request, _ context: WebContext) async throws -> Response {
        try permit(request)
        let before = recognizer.active.model.description
        let wish = try await wish(of: request)
        let model = try load(name: wish.name ?? before.name, version: wish.version)
        let description = model.model.description
        let heard = try await daemon.activate(ModelChoice(name: description.name, version: description.version))
        recognizer.activate(model)
        var line = JSONLine()
        line.add("name", description.name)
        line.add("version", description.version)
        line.add("previous_version", before.version)
        line.add("daemon", heard == nil ? "unreachable" : "active")
        return Response(json: line)
    }

    private func wish(of request: Request) async throws -> Wish {
        let malformed = Problem(.badRequest, "send {\"version\": \"1.2.0\"}, and \"name\" for another model")
        guard let body = try? await request.body.collect(upTo: 4096) else { throw malformed }
        do {
            return try JSONDecoder().decode(Wish.self, from: Data(body.readableBytesView))
        } catch {
            throw malformed
        }
    }

    private func load(name: String, version: String) throws -> UploadModel {
        let entries = ModelStore.known(around: recognizer.active.model)
        guard let entry = entries.first(where: { $0.name == name && $0.version == version }) else {
            throw Problem(.notFound, "there is no such model; /api/models lists those that there are")
        }
        do {
            let model = try entry.load()
            return UploadModel(model, policy: try settings.decisionPolicy(for: model.description))
        } catch is ModelFolderError {
            throw Problem(.conflict, "the model is damaged; install it again")
        } catch {
            throw Problem(.conflict, "the model does not fit the configuration: a word that it asks for is missing")
        }
    }

    private func change(_ request: Request, _ order: Protocol.Request) async throws -> Response {
        try permit(request)
        try await daemon.order(order)
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
