import NIOCore
import NIOHTTP1

/// What an answer looks like on the wire by what was asked: none to HEAD has a body, HTTP/1.0 knows no chunks and ends
/// with the connection, and whoever is told `Connection: close` sees it closed.
///
/// Between the codec of HTTP/1 and the rest; on the connection's event loop.
final class AnswerFraming: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Asked {
        let isHead: Bool
        let isVersion10: Bool
        let wantsClose: Bool
    }

    /// Requests that have no answer yet, in their order.
    private var waiting = CircularBuffer<Asked>()
    private var closes = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            waiting.append(
                Asked(
                    isHead: head.method == .HEAD, isVersion10: head.version == .http1_0,
                    wantsClose: Self.saysClose(head.headers)))
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let asked = waiting.first else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            guard head.status.code >= 200 else {
                if asked.isVersion10 { promise?.succeed() } else { context.write(data, promise: promise) }
                return
            }
            closes = asked.isVersion10 || asked.wantsClose || Self.saysClose(head.headers)
            if asked.isVersion10 { head.version = .http1_0 }
            if closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            if asked.isHead { promise?.succeed() } else { context.write(data, promise: promise) }
        case .end:
            waiting.removeFirst()
            let written = promise ?? context.eventLoop.makePromise()
            // The end of chunks is a body, too.
            context.write(
                asked.isHead ? wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))) : data, promise: written)
            guard closes else { return }
            // Only this direction: what the client still sends must not have the answer thrown away.
            written.futureResult.whenComplete { [channel = context.channel] _ in
                channel.close(mode: .output, promise: nil)
            }
        }
    }

    private static func saysClose(_ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
    }
}
