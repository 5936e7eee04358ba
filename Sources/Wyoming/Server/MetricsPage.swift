import NIOCore
import NIOHTTP1
import Prometheus

/// `/metrics` for Prometheus, and `/livez`, which answers once every worker has come round.
final class MetricsPage: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let metrics: ServerMetrics
    private let workers: Workers
    private var path: Substring = ""

    init(metrics: ServerMetrics, workers: Workers) { (self.metrics, self.workers) = (metrics, workers) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): path = head.uri.prefix { $0 != "?" }
        case .body: break
        case .end: answer(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ context: ChannelHandlerContext) {
        switch path {
        case "/metrics": respond(context, .ok, text)
        case "/livez":
            let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let alive = context.eventLoop.makePromise(of: Void.self)
            alive.completeWithTask { [workers] in await workers.answer() }
            alive.futureResult.whenSuccess {
                let (page, context) = this.value
                page.respond(context, .ok, Array("alive\n".utf8))
            }
        default: respond(context, .notFound, Array("there are /metrics and /livez\n".utf8))
        }
    }

    private func respond(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ body: [UInt8]) {
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: "text/plain; version=0.0.4; charset=utf-8")
        headers.add(name: "Content-Length", value: "\(body.count)")
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
    }

    private var text: [UInt8] {
        let counts = metrics.current
        var text = Exposition()
        text.gauge("attuned_wyoming_streams", "Streams that are heard now.", Double(workers.streams))
        text.gauge(
            "attuned_wyoming_load", "Part of its time that the busiest worker gives to live streams, 0 to 1.",
            workers.loads.max() ?? 0)
        text.counter(
            "attuned_wyoming_connections", "Connections since the start.", [([], Double(counts.connections))])
        text.counter(
            "attuned_wyoming_audio_seconds", "Seconds of audio that were heard.",
            [([], counts.audio / .seconds(1))])
        text.counter(
            "attuned_wyoming_detections", "Words that clients were told of.",
            counts.words.sorted { $0.key < $1.key }.map { ([("keyword", $0.key)], Double($0.value)) })
        text.counter(
            "attuned_wyoming_errors", "Clients that were told of an error, and let go.",
            ClientError.Code.allCases.map { ([("code", $0.rawValue)], Double(counts.errors[$0] ?? 0)) })
        text.histogram(
            "attuned_wyoming_delay_seconds", "From the arrival of live audio until it was heard.",
            counts.delaySeconds)
        return text.utf8
    }
}
