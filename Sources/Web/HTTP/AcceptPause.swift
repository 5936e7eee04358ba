import Glibc
import Logging
import NIOCore

/// Has a server wait a moment when it cannot accept a client because descriptors or memory are used up, instead of trying
/// without a pause, and then go on.
///
/// First in the pipeline of the server's channel, on its event loop.
final class AcceptPause: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private static let pause = TimeAmount.milliseconds(100)
    private static let passing: Set<Int32> = [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED]
    private let logger: Logger
    /// Told once, until somebody is accepted again.
    private var isTold = false

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, Self.passing.contains(code) else {
            return context.fireErrorCaught(error)
        }
        if !isTold {
            logger.error("cannot accept clients for now: \(String(cString: strerror(code))); they wait")
            isTold = true
        }
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.scheduleTask(in: Self.pause) { try? channel.syncOptions?.setOption(.autoRead, value: true) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isTold = false
        context.fireChannelRead(data)
    }
}
