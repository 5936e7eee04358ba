import NIOCore
import Protocol

/// One reader's connection: greets it, pushes events to it, answers its requests one after the other.
///
/// Lives on the server's event loop. A reader that asks faster than it reads is not read from until it has taken its
/// answers; a reader that does not take its events is dropped. Neither costs more memory than its queue.
final class ReaderHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let hub: ReaderHub
    private var context: ChannelHandlerContext?
    private var input: LineSplitter
    private var inputEnded = false
    /// A request is being answered elsewhere; the next one waits, so that answers keep their order.
    private var isWaiting = false
    private var isAnswering = false
    private var allowance: RequestAllowance
    private var transfer: AudioTransfer?
    private var isSendingAudio = false
    private var nextAudio: Scheduled<Void>?
    private(set) var peer: Peer?
    var subscription = EventType.defaultSubscription

    init(hub: ReaderHub) {
        self.hub = hub
        input = LineSplitter(limitBytes: hub.configuration.requestLineBytes)
        allowance = RequestAllowance(perSecond: hub.configuration.requestsPerSecond)
    }

    // MARK: - Life of the connection

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let descriptor = try? context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) {
            $0
        }
        peer = descriptor.flatMap { Peer(descriptor: $0) }
        guard !hub.isStopping else { return context.close(promise: nil) }
        do throws(ErrorMessage) {
            try hub.admit(self, descriptor: descriptor)
        } catch {
            context.writeAndFlush(wrapOutboundOut(error.jsonLine().buffer), promise: nil)
            return context.close(promise: nil)
        }
        for line in hub.greeting() { context.write(wrapOutboundOut(line.buffer), promise: nil) }
        context.flush()
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        hub.forget(self)
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection reset or a broken pipe: the reader left in its own way.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputEnded = true
            answerRequests()
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - Events

    /// Sends an event, or drops the reader if too much waits for it already.
    func push(_ line: ByteBuffer) {
        guard let context else { return }
        let waitingBytes = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        guard waitingBytes + line.readableBytes <= hub.configuration.readerQueueBytes else {
            hub.countDropped(self, waitingBytes: waitingBytes)
            return context.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(line), promise: nil)
    }

    /// Closes the connection once the reader has taken what waits for it, or when its time is over.
    func finish(within limit: TimeAmount) -> EventLoopFuture<Void> {
        guard let context else { preconditionFailure("a reader that the hub knows is connected") }
        let channel = context.channel
        let written = channel.eventLoop.makePromise(of: Void.self)
        let timer = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        written.futureResult.whenComplete { _ in
            timer.cancel()
            channel.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        return channel.closeFuture
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.append(unwrapInboundIn(data).readableBytesView)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        answerRequests()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        answerRequests()
        sendAudio()
    }

    /// Answers what has come in, as long as the reader takes the answers, then asks for more.
    private func answerRequests() {
        guard let context, !isAnswering else { return }
        isAnswering = true
        while context.channel.isActive, !hub.isStopping, !isWaiting, context.channel.isWritable {
            guard input.hasPiece() || inputEnded else { break }
            guard allowance.take(now: .now()) else {
                resumeLater(context)
                break
            }
            guard let piece = input.next() ?? (inputEnded ? input.rest() : nil) else { break }
            answer(piece, context)
        }
        isAnswering = false
        context.flush()
        if !inputEnded, !isWaiting, context.channel.isWritable, !input.hasPiece() { context.read() }
    }

    private func answer(_ piece: LineSplitter.Piece, _ context: ChannelHandlerContext) {
        guard case .line(let bytes) = piece else {
            let error = ErrorMessage(
                .lineTooLong,
                "the line is longer than \(hub.configuration.requestLineBytes) bytes; the connection is closed")
            context.writeAndFlush(wrapOutboundOut(hub.failure(error, .null)), promise: nil)
            return context.close(promise: nil)
        }
        guard bytes.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) else { return }
        isWaiting = true
        let later = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let answers = hub.answer(RequestLine(bytes), from: self) { answers in
            eventLoop.execute { later.value.complete(answers) }
        }
        if let answers { complete(answers) }
    }

    private func complete(_ answers: [ByteBuffer]) {
        isWaiting = false
        guard let context else { return }
        for line in answers { context.write(wrapOutboundOut(line), promise: nil) }
        answerRequests()
        context.flush()
    }

    // MARK: - Audio

    /// Begins to send audio; false if some is being sent already.
    func begin(_ transfer: AudioTransfer) -> Bool {
        guard self.transfer == nil, let context else { return false }
        self.transfer = transfer
        let later = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { later.value.sendAudio() }
        return true
    }

    /// Sends what there is, as long as the reader takes it.
    private func sendAudio() {
        // A write can tell of writability on its way, which calls this again.
        guard let context, !isSendingAudio, !hub.isStopping else { return }
        isSendingAudio = true
        defer {
            isSendingAudio = false
            context.flush()
        }
        while context.channel.isActive, context.channel.isWritable, let step = transfer?.next(from: hub.source) {
            let id = transfer?.id
            switch step {
            case .send(let message):
                context.writeAndFlush(wrapOutboundOut(message.jsonLine(answering: id).buffer), promise: nil)
            case .wait:
                let later = NIOLoopBound(self, eventLoop: context.eventLoop)
                nextAudio?.cancel()
                nextAudio = context.eventLoop.scheduleTask(in: .milliseconds(50)) { later.value.sendAudio() }
                return
            case .finish(let message):
                context.write(wrapOutboundOut(message.jsonLine(answering: id).buffer), promise: nil)
                transfer = nil
            case .fail(let error):
                context.write(wrapOutboundOut(hub.failure(error, id)), promise: nil)
                transfer = nil
            }
        }
    }

    private func resumeLater(_ context: ChannelHandlerContext) {
        let later = NIOLoopBound(self, eventLoop: context.eventLoop)
        isWaiting = true
        context.eventLoop.scheduleTask(deadline: allowance.renewal) {
            later.value.isWaiting = false
            later.value.answerRequests()
        }
    }
}
