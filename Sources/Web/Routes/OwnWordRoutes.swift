import HTTPTypes
import Hummingbird
import Models
import Protocol

/// Words of one's own, as files and from takes: only with the token.
struct OwnWordRoutes: Sendable {
    let daemon: DaemonLink
    let uploads: UploadReader
    let teacher: WordTeacher
    let token: ControlToken

    /// A changed word first hears beside the others what they hear.
    private static let patience = Duration.seconds(45)

    /// `GET /api/words/file?name=hey%20pantry`: a word as a file, for another machine; with `takes=false` without its takes.
    @Sendable func file(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        guard let name = request.uri.queryParameters["name"].map(String.init) else {
            throw Problem(.badRequest, "name must be that of a word of your own")
        }
        let file = try await daemon.ownWord(name) { _ in request.uri.queryParameters["takes"] != "false" }
        var response = Response(type: "application/json", text: file.bytes)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// `POST /api/words/install`: has a word heard that such a file holds.
    @Sendable func install(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let bytes = try await uploads.single(request, for: context.client).content ?? []
        guard bytes.count <= OwnWordFile.mostBytes else {
            throw Problem(
                .contentTooLarge, "it is larger than a word can be; have one written by the page or attune words export"
            )
        }
        let file: OwnWordFile
        do throws(OwnWordError) {
            file = try OwnWordFile(bytes: bytes)
        } catch {
            throw Problem(.unprocessableContent, "\(error)")
        }
        try await install(file)
        return Response(json: Self.named(file.word.name))
    }

    /// Has the word heard first: a take that cannot be kept is no reason not to.
    private func install(_ file: OwnWordFile) async throws {
        try await daemon.order(.ownWords(.install(file.word.content)), timeout: Self.patience)
        for (number, recording) in file.takes.sorted(by: { $0.key < $1.key }) {
            try await daemon.order(
                .ownWords(.addTake(name: file.word.name, number: number, recording: recording)), timeout: Self.patience)
        }
    }

    private struct Wish: Decodable { let name: String }

    /// `POST /api/words/remove`: forgets a word, and its takes.
    @Sendable func remove(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let wish: Wish = try await ControlRoutes.wish(of: request, "send {\"name\": \"hey pantry\"}")
        let answer = try await daemon.order(.ownWords(.remove(name: wish.name)), timeout: Self.patience)
        guard case .wordChange(let change) = answer.content else { throw ControlRoutes.notUnderstood }
        return Response(json: Self.named(change.name))
    }

    private static func named(_ name: String) -> JSONLine {
        var line = JSONLine()
        line.add("name", name)
        return line
    }

    /// `POST /api/words/judge?name=hey%20pantry`: whether a recording serves as a take; the name may be left out.
    @Sendable func judge(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let upload = try await uploads.single(request, for: context.client)
        return Response(
            json: try await teacher.judge(
                upload, of: request.uri.queryParameters["name"].map(String.init), for: context.client))
    }

    /// `POST /api/words/teach?name=hey%20pantry`: makes a word of takes, the parts `files` of a form, and has it heard; with
    /// `command=true` it counts only after a wake word.
    @Sendable func teach(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        guard let name = request.uri.queryParameters["name"].map(String.init) else {
            throw Problem(.badRequest, "name must be what the word is called")
        }
        try teacher.check(name: name)
        var takes = WordTeacher.Takes()
        try await uploads.forEach(request, for: context.client) { upload in
            try await teacher.add(upload, to: &takes, for: context.client)
        }
        let isCommand = request.uri.queryParameters["command"] == "true"
        let taught = try await teacher.teach(name, takes, isWakeWord: !isCommand, for: context.client)
        try await install(taught.file)
        return Response(json: taught.line)
    }
}
