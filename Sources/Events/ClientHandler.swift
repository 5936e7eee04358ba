import NIOCore

/// The client's end of a connection: sorts lines into answers, which somebody awaits, and messages, which wait to be
/// read.
///
/// Lives on the connection's event loop. Reads no further while ``arrivedLimit`` messages wait and no answer is
/// awaited.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let arrivedLimit = 256
    private let path: String
    private var context: ChannelHandlerContext?
    private var input = LineSplitter(limitBytes: 1 << 20)
    private var arrived = CircularBuffer<ReceivedMessage>()
    private var reader: EventLoopPromise<ReceivedMessage?>?
    private var answers: [RequestID: EventLoopPromise<ReceivedMessage>] = [:]
    private var failure: EventClientError?
    private var hasEnded = false

    init(path: String) {
        self.path = path
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.append(unwrapInboundIn(data))
        while !hasEnded, let piece = input.next() {
            do throws(EventClientError) {
                guard case .line(let bytes) = piece else { throw .notUnderstood(line: "a line of more than 1 MiB") }
                sort(try ReceivedMessage(line: bytes))
            } catch {
                failure = error
                context.close(promise: nil)
                return
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        readIfWanted()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        hasEnded = true
        for promise in answers.values { promise.fail(failure ?? .closed(path: path)) }
        answers = [:]
        if let reader { finish(reader) }
        reader = nil
    }

    /// The next message that answers nothing; nil at the end of the connection. One call at a time.
    func next(_ promise: EventLoopPromise<ReceivedMessage?>) {
        precondition(reader == nil, "messages of one client are read by one task at a time")
        if let message = arrived.popFirst() {
            promise.succeed(message)
            readIfWanted()
        } else if hasEnded {
            finish(promise)
        } else {
            reader = promise
        }
    }

    /// Sends a request and completes the promise with its answer.
    func ask(_ request: Request, id: RequestID, timeout: TimeAmount, _ promise: EventLoopPromise<ReceivedMessage>) {
        guard let context else { return promise.fail(failure ?? .closed(path: path)) }
        answers[id] = promise
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let path = path
        let timer = context.eventLoop.scheduleTask(in: timeout) {
            this.value.answers.removeValue(forKey: id)?
                .fail(EventClientError.noAnswer(path: path, to: request.name))
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        context.writeAndFlush(NIOAny(request.jsonLine(id: id).buffer), promise: nil)
        readIfWanted()
    }

    private func sort(_ message: ReceivedMessage) {
        if let id = message.answeredID, let promise = answers.removeValue(forKey: id) {
            promise.succeed(message)
        } else if let reader {
            self.reader = nil
            reader.succeed(message)
        } else {
            arrived.append(message)
        }
    }

    private func finish(_ promise: EventLoopPromise<ReceivedMessage?>) {
        if let failure { promise.fail(failure) } else { promise.succeed(nil) }
    }

    private func readIfWanted() {
        if arrived.count < Self.arrivedLimit || !answers.isEmpty { context?.read() }
    }
}
