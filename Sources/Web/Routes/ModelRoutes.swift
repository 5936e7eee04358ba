import Events
import Hummingbird
import Inference
import Spotting

/// What the recognising is done with.
struct ModelRoutes: Sendable {
    let model: Model

    /// `GET /api/model-info`: the model's own description: words, front end, thresholds, data, measured results, checksum.
    @Sendable func info(_ request: Request, _ context: WebContext) async throws -> Response {
        var response = Response(type: "application/json", text: model.descriptionJSON)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// `GET /api/models`
    @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
        var entry = JSONLine()
        entry.add("name", model.description.name)
        entry.add("version", model.description.version)
        entry.add("sha256", model.description.sha256)
        entry.add("active", true)
        var line = JSONLine()
        line.add("models", [entry])
        return Response(json: line)
    }
}
