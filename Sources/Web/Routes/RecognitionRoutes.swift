import HTTPTypes
import Hummingbird
import Models
import NIOCore
import Protocol
import Spotting
import Time

/// Recordings in, words out.
struct RecognitionRoutes: Sendable {
    let recognizer: Recognizer
    let uploads: UploadReader
    let metrics: WebMetrics
    let limiter: RateLimiter

    /// `POST /api/predict`
    @Sendable func predict(_ request: Request, _ context: WebContext) async throws -> Response {
        let prediction = try await recognizer.predict(
            try await uploads.single(request, for: context.client), for: context.client)
        metrics.count(prediction, source: "predict")
        var line = JSONLine()
        prediction.addFields(to: &line)
        return Response(json: line)
    }

    /// `POST /api/spot`
    @Sendable func spot(_ request: Request, _ context: WebContext) async throws -> Response {
        let found = try await recognizer.spot(
            try await uploads.single(request, for: context.client), for: context.client)
        let description = found.model.description
        var line = JSONLine()
        line.add(
            "detections",
            found.detections.map { detection in
                var entry = JSONLine()
                entry.add("keyword", description.labels[Int(detection.word)])
                entry.add("confidence", Double(detection.confidence).probability)
                entry.add("start", SampleRate.seconds(detection.startSample).rounded(decimals: 3))
                entry.add("end", min(found.seconds, SampleRate.seconds(detection.endSample)).rounded(decimals: 3))
                return entry
            })
        line.add("seconds", found.seconds.rounded(decimals: 3))
        line.add("processing_time", found.processingTimeSeconds.rounded(decimals: 6))
        line.add("model_version", description.version)
        line.add("timestamp", Timestamp.now())
        return Response(json: line)
    }

    /// `POST /api/batch-predict`: one object with all results, or, as the client accepts, each as it is known: a line of
    /// JSON (`application/x-ndjson`) or a server-sent event (`text/event-stream`).
    @Sendable func batch(_ request: Request, _ context: WebContext) async throws -> Response {
        let accepted = request.headers[.accept] ?? ""
        if accepted.contains("application/x-ndjson") {
            return stream(request, context.client, type: "application/x-ndjson") { $0.utf8 + [UInt8(ascii: "\n")] }
        }
        if accepted.contains("text/event-stream") {
            return stream(request, context.client, type: "text/event-stream") { Array("data: \($0.text)\n\n".utf8) }
        }
        var results: [JSONLine] = []
        let counts = try await forEachResult(request, context.client) { results.append($0) }
        var line = JSONLine()
        line.add("results", results)
        counts.addFields(to: &line)
        return Response(json: line)
    }

    private func stream(
        _ request: Request, _ client: String, type: String, _ bytes: @escaping @Sendable (JSONLine) -> [UInt8]
    )
        -> Response
    {
        Response(
            streaming: type,
            body: ResponseBody { writer in
                var last: JSONLine
                do {
                    let counts = try await forEachResult(request, client) {
                        try await writer.write(ByteBuffer(bytes: bytes($0)))
                    }
                    last = JSONLine()
                    counts.addFields(to: &last)
                } catch let problem as Problem {
                    // The status went out long ago: the last line tells.
                    last = problem.line()
                }
                try await writer.write(ByteBuffer(bytes: bytes(last)))
                try await writer.finish(nil)
            })
    }

    private struct Counts {
        var files = 0
        var failed = 0

        func addFields(to line: inout JSONLine) {
            line.add("files", files)
            line.add("failed", failed)
        }
    }

    private func forEachResult(_ request: Request, _ client: String, _ body: (JSONLine) async throws -> Void)
        async throws -> Counts
    {
        var counts = Counts()
        try await uploads.forEach(request, for: client) { upload in
            var line = JSONLine()
            line.add("index", counts.files)
            line.add("file", upload.name)
            do {
                // The first one is paid by the request.
                if counts.files > 0 { try limiter.take(for: client) }
                guard upload.content != nil else { throw uploads.tooLarge }
                let prediction = try await recognizer.predict(upload, for: client)
                metrics.count(prediction, source: "batch-predict")
                prediction.addFields(to: &line)
            } catch let problem as Problem {
                counts.failed += 1
                line.add("status", problem.status.code)
                line.add("error", problem.detail)
            }
            counts.files += 1
            try await body(line)
        }
        guard counts.files > 0 else {
            throw Problem(.unprocessableContent, "the form has no part \"files\" with a recording")
        }
        return counts
    }
}
