import HTTPTypes
import Hummingbird
import Protocol

/// What was heard rightly and wrongly, and what is learned from it: only with the token.
struct LearningRoutes: Sendable {
    let daemon: DaemonLink
    let token: ControlToken

    private static let patience = Duration.seconds(20)
    /// As long as the daemon itself waits for it.
    private static let patienceToLearn = Duration.seconds(920)

    private struct Said: Decodable {
        var event: UInt64?
        var verdict: MarkRequest.Verdict?
        var missed: String?
    }

    /// `POST /api/mark`: whether an event was right, or that a word was just said and not heard.
    @Sendable func mark(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let advice = "send {\"event\": 7, \"verdict\": \"wrong\"}, or \"right\", or {\"missed\": \"alexa\"}"
        let said: Said = try await ControlRoutes.wish(of: request, advice)
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

    /// `GET /api/learn`: what learning from what was marked would change; it may take minutes.
    @Sendable func preview(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        return try await tell(.learn(apply: false), timeout: Self.patienceToLearn)
    }

    private struct Wish: Decodable { let undo: Bool? }

    /// `POST /api/learn`: what is learned counts from then on; with `{"undo": true}` what was learned before the last time does
    /// again. A client that leaves meanwhile changes nothing of it.
    @Sendable func learn(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let wish: Wish? = try await ControlRoutes.wishIfAny(of: request, "send nothing, or {\"undo\": true}")
        return try await tell(wish?.undo == true ? .unlearn : .learn(apply: true), timeout: Self.patienceToLearn)
    }

    private func tell(_ request: MarkRequest, timeout: Duration = patience) async throws -> Response {
        let answer = try await daemon.order(.mark(request), timeout: timeout)
        switch answer.content {
        case .mark(let mark): return Response(json: mark.jsonLine())
        case .marks(let kept): return Response(json: kept.jsonLine())
        case .learning(let learned): return Response(json: learned.jsonLine())
        default: throw ControlRoutes.notUnderstood
        }
    }
}
