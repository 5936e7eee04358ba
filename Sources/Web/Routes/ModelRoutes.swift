import Hummingbird
import Models
import Protocol
import Spotting

/// What the recognising is done with.
struct ModelRoutes: Sendable {
    let recognizer: Recognizer
    let daemon: DaemonLink

    /// `GET /api/model-info`: the model's own description: words, front end, thresholds, data, measured results, checksum.
    @Sendable func info(_ request: Request, _ context: WebContext) async throws -> Response {
        var response = Response(type: "application/json", text: recognizer.active.model.descriptionJSON)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// `GET /api/words`: what is listened for and when it counts, as the daemon says; without one, as it is configured.
    @Sendable func words(_ request: Request, _ context: WebContext) async throws -> Response {
        if let known = await daemon.words { return Response(json: known.jsonLine()) }
        let active = recognizer.active
        let description = active.model.description
        let words = zip(description.words, active.policy.words).filter { description.thresholds[$0.0] != nil }
        var answer = JSONLine()
        answer.add(
            "words",
            words.map { name, policy in
                var line = JSONLine()
                line.add("keyword", name)
                line.add("own", false)
                line.add("wake", description.wakeWords.contains(name))
                line.add("enabled", policy.enabled)
                line.add("threshold", Double(policy.threshold).probability)
                line.add("threshold_score", Double(policy.thresholdScore).rounded(decimals: 2))
                line.add("after", policy.after.map { description.words[$0] })
                line.add("within_seconds", Double(policy.afterSamples) / 16000)
                line.add("second", policy.second != nil)
                return line
            })
        return Response(json: answer)
    }

    /// `GET /api/models`: those in use, then all others that could be activated.
    @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let active = recognizer.active.model
        let candidate = recognizer.candidate
        let heard = await daemon.model
        func line(_ name: String, _ version: String) -> JSONLine {
            var line = JSONLine()
            line.add("name", name)
            line.add("version", version)
            line.add("daemon", heard?.name == name && heard?.version == version)
            return line
        }
        var used = line(active.description.name, active.description.version)
        used.add("active", true)
        used.add("sha256", active.description.sha256)
        var models = [used]
        var paths = [active.path]
        if let model = candidate?.model.model {
            var tried = line(model.description.name, model.description.version)
            tried.add("active", false)
            tried.add("trial_percent", candidate?.percent)
            tried.add("sha256", model.description.sha256)
            models.append(tried)
            paths.append(model.path)
        }
        for entry in ModelStore.known(around: active) where !paths.contains(entry.path) {
            var other = line(entry.name, entry.version)
            other.add("active", false)
            models.append(other)
        }
        var answer = JSONLine()
        answer.add("models", models)
        return Response(json: answer)
    }
}
