import HTTPTypes
import Hummingbird

/// The page and what belongs to it, from the program itself; and the form that works without JavaScript.
struct PageRoutes: Sendable {
    let recognizer: Recognizer
    let uploads: UploadReader
    let metrics: WebMetrics

    private static let script = "text/javascript; charset=utf-8"
    /// Paths, media types and contents.
    static let files: [(path: String, type: String, content: [UInt8])] = [
        ("/", "text/html; charset=utf-8", PackageResources.index_html),
        ("/noscript.css", "text/css; charset=utf-8", PackageResources.noscript_css),
        ("/style.css", "text/css; charset=utf-8", PackageResources.style_css),
        ("/offline-worker.js", script, PackageResources.offline_worker_js),
        ("/page.js", script, PackageResources.page_js),
        ("/base/control.js", script, PackageResources.control_js),
        ("/base/dialog.js", script, PackageResources.dialog_js),
        ("/base/dom.js", script, PackageResources.dom_js),
        ("/base/notice.js", script, PackageResources.notice_js),
        ("/base/request.js", script, PackageResources.request_js),
        ("/base/shown.js", script, PackageResources.shown_js),
        ("/base/text.js", script, PackageResources.text_js),
        ("/live/badge.js", script, PackageResources.badge_js),
        ("/live/day.js", script, PackageResources.day_js),
        ("/live/marks.js", script, PackageResources.marks_js),
        ("/live/states.js", script, PackageResources.states_js),
        ("/live/stream-worker.js", script, PackageResources.stream_worker_js),
        ("/live/stream.js", script, PackageResources.stream_js),
        ("/live/tabs.js", script, PackageResources.tabs_js),
        ("/charts/axis.js", script, PackageResources.axis_js),
        ("/charts/bars.js", script, PackageResources.bars_js),
        ("/charts/curve.js", script, PackageResources.curve_js),
        ("/charts/lines.js", script, PackageResources.lines_js),
        ("/charts/strip.js", script, PackageResources.strip_js),
        ("/charts/svg.js", script, PackageResources.svg_js),
        ("/charts/timeline.js", script, PackageResources.timeline_js),
        ("/charts/waveform.js", script, PackageResources.waveform_js),
        ("/audio/capture.js", script, PackageResources.capture_js),
        ("/audio/decode.js", script, PackageResources.decode_js),
        ("/audio/player.js", script, PackageResources.player_js),
        ("/audio/recorder.js", script, PackageResources.recorder_js),
        ("/audio/wave.js", script, PackageResources.wave_js),
        ("/views/batch.js", script, PackageResources.batch_js),
        ("/views/drop.js", script, PackageResources.drop_js),
        ("/views/learning.js", script, PackageResources.learning_js),
        ("/views/microphone.js", script, PackageResources.microphone_js),
        ("/views/model.js", script, PackageResources.model_js),
        ("/views/now.js", script, PackageResources.now_js),
        ("/views/own.js", script, PackageResources.own_js),
        ("/views/record.js", script, PackageResources.record_js),
        ("/views/result.js", script, PackageResources.result_js),
        ("/views/teach.js", script, PackageResources.teach_js),
        ("/views/tuning.js", script, PackageResources.tuning_js),
        ("/views/upload.js", script, PackageResources.upload_js),
        ("/views/verdicts.js", script, PackageResources.verdicts_js),
        ("/views/word.js", script, PackageResources.word_js),
        ("/views/words.js", script, PackageResources.words_js),
        ("/icon.svg", "image/svg+xml", PackageResources.icon_svg),
        ("/icon-mask.svg", "image/svg+xml", PackageResources.icon_mask_svg),
        ("/manifest.webmanifest", "application/manifest+json", PackageResources.manifest_webmanifest),
        ("/openapi.json", "application/json", PackageResources.openapi_json),
    ]

    /// `POST /transcribe`: a file from a form; the answer is a page.
    @Sendable func transcribe(_ request: Request, _ context: WebContext) async throws -> Response {
        do {
            let upload = try await uploads.single(request, for: context.client)
            let prediction = try await recognizer.predict(upload, for: context.client)
            metrics.count(prediction, source: "transcribe")
            let rows = prediction.top.map { label, confidence in
                "<tr><th scope=\"row\">\(escaped(label))</th><td>\(percent(confidence))</td></tr>"
            }
            return page(
                .ok, title: escaped(prediction.keyword),
                body: "<p>\(escaped(upload.name)): <strong>\(escaped(prediction.keyword))</strong>, "
                    + "\(percent(prediction.confidence)) sure, in \(Int(prediction.processingTimeSeconds * 1000)) ms, "
                    + "by model \(escaped(prediction.modelVersion)).</p><table>\(rows.joined())</table>")
        } catch let problem as Problem {
            return page(problem.status, title: problem.status.reasonPhrase, body: "<p>\(escaped(problem.detail))</p>")
        }
    }

    private func page(_ status: HTTPResponse.Status, title: String, body: String) -> Response {
        let text = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(title) - attuned</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="icon.svg" type="image/svg+xml"><link rel="stylesheet" href="style.css"></head>
            <body><main><h1>\(title)</h1>\(body)<p><a href="./">Another recording</a></p></main></body></html>

            """
        return Response(status: status, type: "text/html; charset=utf-8", text: Array(text.utf8))
    }

    private func percent(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
