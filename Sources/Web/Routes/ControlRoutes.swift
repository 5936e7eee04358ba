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
        let seconds: Int?
        let reason: String?
    }

    /// `POST /api/mute`: for a time and for a reason, if they are given.
    @Sendable func mute(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let terms: Terms? = try await Self.wishIfAny(
            of: request,
            "send nothing, or {\"seconds\": 3600, \"reason\": \"guests\"}, of which either may be left out")
        return try await change(request, .mute(MuteTerms(seconds: terms?.seconds, reason: terms?.reason)))
    }

    /// `POST /api/unmute`
    @Sendable func unmute(_ request: Request, _ context: WebContext) async throws -> Response {
        try await change(request, .unmute)
    }

    private struct Tested: Decodable {
        let name: String?
    }

    /// `POST /api/selftest`: whether the daemon would hear a word now, of the model or of one's own.
    @Sendable func selfTest(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let tested: Tested? = try await Self.wishIfAny(
            of: request, "send nothing, or {\"name\": \"hey pantry\"} for a word of one's own")
        let answer = try await daemon.order(.selfTest(name: tested?.name), timeout: .seconds(30))
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

    private struct Change: Decodable {
        let keyword: String
        let threshold: Double?
        let enabled: Bool?
        let reset: Bool?
    }

    /// `POST /api/words`: another threshold for a word, or whether it is listened for, until that is reset.
    @Sendable func setWord(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let change: Change = try await Self.wish(
            of: request, "send {\"keyword\": \"left\"} with \"threshold\": 0.98, \"enabled\": false, or \"reset\": true"
        )
        let answer = try await daemon.order(
            .setWord(
                WordChange(
                    name: change.keyword, threshold: change.threshold, isEnabled: change.enabled,
                    resets: change.reset ?? false)))
        guard case .setWord(let set) = answer.content else { throw Self.notUnderstood }
        var line = JSONLine()
        line.add("word", set.word.jsonLine)
        line.add("kept", set.kept)
        return Response(json: line)
    }

    /// `GET /api/devices`: what the daemon can capture from. With the token only: it has the sound system asked.
    @Sendable func devices(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let answer = try await daemon.order(.devices, timeout: .seconds(15))
        guard case .devices(let listed) = answer.content else { throw Self.notUnderstood }
        return Response(json: listed.jsonLine())
    }

    private struct Choice: Decodable {
        let device: String?
        let reset: Bool?
    }

    /// `POST /api/device`: the daemon listens to another device, until that is reset.
    @Sendable func setDevice(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let hint = "send {\"device\": \"plughw:CARD=Mic\"}, one of /api/devices, or {\"reset\": true}"
        let choice: Choice = try await Self.wish(of: request, hint)
        let wanted: DeviceChoice
        if choice.reset == true {
            wanted = .configured
        } else if let device = choice.device {
            wanted = .named(device)
        } else {
            throw Problem(.badRequest, hint)
        }
        let answer = try await daemon.order(.setDevice(wanted), timeout: .seconds(15))
        guard case .setDevice(let chosen) = answer.content else { throw Self.notUnderstood }
        return Response(json: chosen.jsonLine())
    }

    static let notUnderstood = Problem(
        .conflict, "the daemon answered something else; is it of another version?")

    private struct Wish: Decodable {
        let name: String?
        let version: String
    }

    /// `POST /api/models/activate`: another model takes over, in the daemon and for uploads; in neither if one cannot.
    @Sendable func activate(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let before = recognizer.active.model.description
        let wish: Wish = try await Self.wish(
            of: request, "send {\"version\": \"1.2.0\"}, and \"name\" for another model")
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

    /// What a small body of JSON says; the hint says what to send.
    static func wish<Wanted: Decodable>(of request: Request, _ hint: String) async throws -> Wanted {
        guard let wanted: Wanted = try await wishIfAny(of: request, hint) else { throw Problem(.badRequest, hint) }
        return wanted
    }

    /// The same where a body may be left out: nil then.
    static func wishIfAny<Wanted: Decodable>(of request: Request, _ hint: String) async throws -> Wanted? {
        guard let body = try? await request.body.collect(upTo: 4096) else { throw Problem(.badRequest, hint) }
        guard body.readableBytes > 0 else { return nil }
        guard let wanted = try? JSONDecoder().decode(Wanted.self, from: Data(body.readableBytesView)) else {
            throw Problem(.badRequest, hint)
        }
        return wanted
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
