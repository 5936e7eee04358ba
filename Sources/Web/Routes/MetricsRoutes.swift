import HTTPTypes
import Hummingbird
import Prometheus
import Protocol

/// Numbers of the web side and of the daemon.
struct MetricsRoutes: Sendable {
    let daemon: DaemonLink
    let metrics: WebMetrics

    /// `GET /api/metrics`: JSON.
    @Sendable func json(_ request: Request, _ context: WebContext) async throws -> Response {
        let counted = metrics.snapshot
        var web = JSONLine()
        web.add("uptime_seconds", counted.uptimeSeconds.rounded(decimals: 1))
        var requests = JSONLine()
        for (answer, count) in counted.answers.sorted(by: { $0.key < $1.key }) {
            requests.add("\(answer.path) \(answer.status)", count)
        }
        web.add("requests", requests)
        web.add("total_predictions", counted.predictionSeconds.count)
        web.add("avg_processing_time", counted.meanPredictionSeconds.rounded(decimals: 6))
        var percentiles = JSONLine()
        for percentile in [50.0, 90, 99] {
            let seconds = counted.predictionSeconds(percentile: percentile)
            percentiles.add("p\(Int(percentile))", seconds?.rounded(decimals: 6))
        }
        web.add("processing_time", percentiles)
        var keywords = JSONLine()
        for (keyword, count) in counted.keywords.sorted(by: { $0.key < $1.key }) { keywords.add(keyword, count) }
        web.add("keywords", keywords)
        var versions = JSONLine()
        for (version, count) in counted.versions.sorted(by: { $0.key < $1.key }) {
            let predictions = Double(count.seconds.count)
            var entry = JSONLine()
            entry.add("predictions", count.seconds.count)
            entry.add("words", count.words)
            entry.add("mean_confidence", (count.confidenceSum / predictions).rounded(decimals: 4))
            entry.add("avg_processing_time", (count.seconds.sum / predictions).rounded(decimals: 6))
            versions.add(version, entry)
        }
        web.add("versions", versions)
        web.add("confidence_histogram", counted.confidences)
        web.add(
            "recent",
            counted.recent.reversed().map { recent in
                var line = JSONLine()
                line.add("source", recent.source)
                line.add("keyword", recent.prediction.keyword)
                line.add("confidence", recent.prediction.confidence.rounded(decimals: 4))
                line.add("processing_time", recent.prediction.processingTimeSeconds.rounded(decimals: 6))
                line.add("model_version", recent.prediction.modelVersion)
                line.add("timestamp", recent.prediction.timestamp)
                return line
            })
        var line = JSONLine()
        line.add("web", web)
        line.add(
            "daemon",
            await daemon.metrics.map { told in
                var line = told.message.jsonLine()
                line.add("age_seconds", told.ageSeconds)
                return line
            })
        line.add("status", await daemon.statusLine)
        return Response(json: line)
    }

    /// `GET /metrics`: for Prometheus; as OpenMetrics where that is accepted.
    @Sendable func exposition(_ request: Request, _ context: WebContext) async throws -> Response {
        let isOpen = request.headers[.accept]?.contains("application/openmetrics-text") ?? false
        var text = Exposition(isOpenMetrics: isOpen)
        add(metrics.snapshot, to: &text)
        text.gauge(
            "attuned_up", "Whether the daemon can be reached and hears, or is muted.", await daemon.isReady ? 1 : 0)
        if let told = await daemon.metrics {
            add(told.message, to: &text)
            text.gauge("attuned_age_seconds", "Since the daemon told these numbers.", told.ageSeconds)
        }
        return Response(
            type: isOpen
                ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                : "text/plain; version=0.0.4; charset=utf-8",
            text: text.utf8)
    }

    private func add(_ counted: WebMetrics.Snapshot, to text: inout Exposition) {
        text.counter(
            "attuned_web_requests", "Requests answered.",
            counted.answers.sorted { $0.key < $1.key }.map { answer, count in
                ([("path", answer.path), ("status", "\(answer.status)")], Double(count))
            })
        text.histogram(
            "attuned_web_request_seconds", "Time to the first byte of an answer.", counted.requestSeconds)
        text.histogram(
            "attuned_web_prediction_seconds", "Time that a prediction took.", counted.predictionSeconds)
        text.counter(
            "attuned_web_predictions", "Predictions by label.",
            counted.keywords.sorted { $0.key < $1.key }.map { ([("keyword", $0)], Double($1)) })
        let versions = counted.versions.sorted { $0.key < $1.key }
        text.counter(
            "attuned_web_version_predictions", "Predictions by version of the model.",
            versions.map { ([("version", $0)], Double($1.seconds.count)) })
        text.counter(
            "attuned_web_version_words", "Predictions that were a word, by version of the model.",
            versions.map { ([("version", $0)], Double($1.words)) })
        text.counter(
            "attuned_web_version_prediction_seconds", "Time that they took in all.",
            versions.map { ([("version", $0)], $1.seconds.sum) })
        text.counter(
            "attuned_web_version_confidence", "Sum of their confidences.",
            versions.map { ([("version", $0)], $1.confidenceSum) })
        text.gauge("attuned_web_uptime_seconds", "Since the web side started.", counted.uptimeSeconds)
    }

    private func add(_ report: MetricsReport, to text: inout Exposition) {
        let counters: [(String, String, Double)] = [
            ("audio_samples", "Samples heard, 16,000 a second.", Double(report.samples)),
            ("inferences", "Runs of the network.", Double(report.inferences)),
            ("xruns", "Overruns of the capture device.", Double(report.xruns)),
            ("suspensions", "Suspends of the machine.", Double(report.suspensions)),
            ("device_openings", "How often a capture device was opened.", Double(report.deviceOpenings)),
            ("gaps", "Places where audio is missing.", Double(report.gaps)),
            ("lost_samples", "Samples missing in them.", Double(report.lostSamples)),
            ("clipped_samples", "Samples that were cut off at the top.", Double(report.clippedSamples)),
            ("lost_detections", "Detections lost before the socket.", Double(report.lostDetections)),
            ("readers_dropped", "Readers that did not read.", Double(report.readersDropped)),
            ("model_activations", "Models that took over while the daemon listened.", Double(report.modelActivations)),
            ("cpu_seconds", "Processor time of the daemon.", report.cpuSeconds),
        ]
        for (name, help, value) in counters { text.counter("attuned_\(name)", help, [([], value)]) }
        text.counter(
            "attuned_keywords", "Keyword events by word.",
            report.detections.sorted { $0.key < $1.key }.map { ([("keyword", $0)], Double($1)) })
        if let shadow = report.shadow { add(shadow, to: &text) }
        text.gauge("attuned_uptime_seconds", "Since the daemon started.", report.uptimeSeconds)
        text.gauge("attuned_resident_bytes", "Memory of the daemon.", Double(report.residentBytes))
        text.gauge("attuned_own_words", "Words that were taught and are heard.", Double(report.ownWords))
        text.gauge("attuned_readers", "Readers connected to the event socket.", Double(report.readers))
        if let clock = report.clockPartsPerMillion {
            text.gauge("attuned_clock_ppm", "How much faster than nominal the device records, in millionths.", clock)
        }
        text.gauge("attuned_ring_fill_ratio", "How full the sample ring is.", report.ringFill)
    }

    private func add(_ shadow: ShadowReport, to text: inout Exposition) {
        text.counter(
            "attuned_shadow_words", "Words heard by the active model, by its shadow, or by both.",
            shadow.words.sorted { $0.key < $1.key }.flatMap { word, count in
                [("both", count.agreed), ("active", count.activeOnly), ("shadow", count.shadowOnly)].map {
                    ([("keyword", word), ("heard_by", $0)], Double($1))
                }
            })
        for (name, mean) in [
            ("active", shadow.activeLatencyMeanMilliseconds), ("shadow", shadow.shadowLatencyMeanMilliseconds),
        ] {
            guard let mean else { continue }
            text.gauge(
                "attuned_\(name)_model_latency_seconds", "From a word to its decision, where both heard it.",
                mean / 1000)
        }
    }
}
