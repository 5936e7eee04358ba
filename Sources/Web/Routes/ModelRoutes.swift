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
        var used = self.line(model.description.name, model.description.version, isActive: true)
        used.add("sha256", model.description.sha256)
        let others = (ModelStore(around: model)?.entries ?? []).filter { $0.path != model.path }
        var line = JSONLine()
        line.add("models", [used] + others.map { self.line($0.name, $0.version, isActive: false) })
        return Response(json: line)
    }

    private func line(_ name: String, _ version: String, isActive: Bool) -> JSONLine {
        var line = JSONLine()
        line.add("name", name)
        line.add("version", version)
        line.add("active", isActive)
        return line
    }
}
