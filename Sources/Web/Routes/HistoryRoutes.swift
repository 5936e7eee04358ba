import Audio
import Protocol
import HTTPTypes
import Hummingbird

/// What happened, and how it sounded.
struct HistoryRoutes: Sendable {
    let daemon: DaemonLink
    let clips: WordClips
    let token: ControlToken

    /// `GET /api/history`: words, near misses, suppressed words, states and gaps of the last day.
    @Sendable func lastDay(_ request: Request, _ context: WebContext) async throws -> Response {
        Response(json: await daemon.lastDay)
    }

    /// `GET /api/traces`: the level of the last ten minutes; level, processor and memory of the last day.
    @Sendable func traces(_ request: Request, _ context: WebContext) async throws -> Response {
        Response(json: await daemon.traces)
    }

    /// `GET /api/clip?number=7`: what was said around a word, the last one without a number, as WAV. With the token only.
    @Sendable func clip(_ request: Request, _ context: WebContext) async throws -> Response {
        try token.permit(request)
        let text = request.uri.queryParameters["number"]
        let number = text.flatMap { Int($0) }
        guard text == nil || number != nil else {
            throw Problem(.badRequest, "number must be a whole number, the \"clip\" of a word")
        }
        let samples = try await clips.samples(number)
        var bytes = WaveHeader.bytes(samples: samples.count)
        bytes.reserveCapacity(bytes.count + 2 * samples.count)
        for sample in samples { withUnsafeBytes(of: sample.littleEndian) { bytes += $0 } }
        var response = Response(type: "audio/wav", text: bytes)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
