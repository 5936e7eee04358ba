import Glibc
import NIOCore

/// Goes in front of a listening channel's other handlers: where a connection cannot be accepted because descriptors or
/// memory have run out, nobody is accepted for a tenth of a second. Without it the event loop asks again at once, and takes
/// a whole processor for as long as it lasts.
///
/// Who connects meanwhile waits in the kernel's queue. For channels that read by themselves (`autoRead`).
///
///     try channel.pipeline.syncOperations.addHandler(AcceptBackoff { code, _ in count(code) }, position: .first)
public final class AcceptBackoff: ChannelInboundHandler {
    public typealias InboundIn = Any

    private static let pause = TimeAmount.milliseconds(100)

    private static let passing = [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED]

    private let onFailure: (_ code: CInt, _ isFirst: Bool) -> Void
    private var hasFailed = false

    /// - Parameter onFailure: told the errno of each attempt that failed, and whether it is the first since somebody was
    ///   accepted; at most ten times a second, on the event loop.
    public init(onFailure: @escaping (_ code: CInt, _ isFirst: Bool) -> Void) {
        self.onFailure = onFailure
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasFailed = false
        context.fireChannelRead(data)
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError, Self.passing.contains(failure.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        onFailure(failure.errnoCode, !hasFailed)
        hasFailed = true
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.scheduleTask(in: Self.pause) {
            channel.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }
}
