import Hummingbird
import Prometheus
import Protocol

/// Whether the service works, and whether the daemon hears.
struct HealthRoutes: Sendable {
    let daemon: DaemonLink
    let metrics: WebMetrics

    /// `GET /livez`: the process answers.
    @Sendable func live(_ request: Request, _ context: WebContext) async throws -> Response {
        var line = JSONLine()
        line.add("status", "alive")
        return Response(json: line)
    }

    /// `GET /health`, `GET /readyz`: 503 unless the daemon hears, or is muted.
    @Sendable func health(_ request: Request, _ context: WebContext) async throws -> Response {
        let isReady = await daemon.isReady
        let counted = metrics.snapshot
        var line = JSONLine()
        line.add("status", isReady ? "healthy" : "unhealthy")
        line.add("uptime_seconds", counted.uptimeSeconds.rounded(decimals: 1))
        line.add("model_available", true)
        line.add("total_predictions", counted.predictionSeconds.count)
        line.add("avg_processing_time", counted.meanPredictionSeconds.rounded(decimals: 6))
        line.add("daemon", await daemon.statusLine)
        return Response(status: isReady ? .ok : .serviceUnavailable, json: line)
    }
}
