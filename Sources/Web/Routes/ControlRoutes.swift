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
    let token: ControlToken

    private struct Terms: Decodable {
        var seconds: Int?
        var reason: String?
    }

    /// `POST /api/mute`: for a time and for a reason, if they are given.
    @Sendable func mute(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let malformed = Problem(
            .badRequest, "send nothing, or {\"seconds\": 3600, \"reason\": \"guests\"}, of which either may be left out"
        )
        guard let body = try? await request.body.collect(upTo: 4096) else { throw malformed }
        var terms = Terms()
        if body.readableBytes > 0 {
            guard let given = try? JSONDecoder().decode(Terms.self, from: Data(body.readableBytesView)) else {
                throw malformed
            }
            terms = given
        }
        return try await change(request, .mute(MuteTerms(seconds: terms.seconds, reason: terms.reason)))
    }

    /// `POST /api/unmute`
    @Sendable func unmute(_ request: Request, _ context: WebContext) async throws -> Response {
        try await change(request, .unmute)
    }

    /// `POST /api/selftest`: whether the daemon would hear a word now.
    @Sendable func selfTest(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let answer = try await daemon.order(.selfTest, timeout: .seconds(15))
        guard case .selfTest(let tested) = answer.content else { throw Self.notUnderstood }
        return Response(json: tested.jsonLine())
    }

    /// `POST /api/reload`: the daemon reads its configuration again.
    @Sendable func reload(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let answer = try await daemon.order(.reload, timeout: .seconds(15))
        guard case .reload(let reloaded) = answer.content else { throw Self.notUnderstood }
        return Response(json: reloaded.jsonLine())
    }

    private struct Said: Decodable {
        var event: UInt64?
        var verdict: MarkRequest.Verdict?
        var missed: String?
    }

    /// `POST /api/mark`: whether an event was right, or that a word was just said and not heard.
    @Sendable func mark(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let advice = "send {\"event\": 7, \"verdict\": \"wrong\"}, or \"right\", or {\"missed\": \"alexa\"}"
        let said = try await body(of: request, as: Said.self, else: advice)
        if let missed = said.missed { return try await tell(.missed(name: missed)) }
        guard let verdict = said.verdict else { throw Problem(.badRequest, advice) }
        return try await tell(.judge(event: said.event, verdict))
    }

    /// `GET /api/marks`: what was marked.
    @Sendable func marks(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        return try await tell(.list)
    }

    /// `POST /api/marks/forget`: deletes it.
    @Sendable func forgetMarks(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        return try await tell(.forget)
    }

    private func tell(_ request: MarkRequest) async throws -> Response {
        let answer = try await daemon.order(.mark(request), timeout: .seconds(20))
        switch answer.content {
        case .mark(let mark): return Response(json: mark.jsonLine())
        case .marks(let kept): return Response(json: kept.jsonLine())
        default: throw Self.notUnderstood
        }
    }

    private func body<Content: Decodable>(
        of request: Request, as type: Content.Type, else advice: String
    ) async throws -> Content {
        guard let body = try? await request.body.collect(upTo: 4096),
            let content = try? JSONDecoder().decode(type, from: Data(body.readableBytesView))
        else { throw Problem(.badRequest, advice) }
        return content
    }

    private static let notUnderstood = Problem(
        .conflict, "the daemon answered something else; is it of another version?")

    private struct Wish: Decodable {
        let name: String?
        let version: String
    }

    /// `POST /api/models/activate`: another model takes over, in the daemon and for uploads; in neither if one cannot.
    @Sendable func activate(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
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
        try await body(
            of: request, as: Wish.self, else: "send {\"version\": \"1.2.0\"}, and \"name\" for another model")
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
        try token.permit(request)
        try await daemon.order(order)
        return Response(json: await daemon.statusLine)
    }
}
