import NIOCore
import Realtime
import Time

/// One client's connection: takes its frames apart, answers what can be answered at once, and hands its audio to a worker.
///
/// Lives on the server's event loop. A client that sends faster than it is heard, or that does not read, is not read from
/// meanwhile; nothing that it does costs more memory than its bounded queues, and with it all of that goes.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connections: Connections
    private var context: ChannelHandlerContext?
    private var reader = FrameReader()
    private var stream: ClientStream?
    private var startFormat: PCMFormat?
    /// The chunk whose payload comes, its timestamp for the first piece alone.
    private var chunk: (format: PCMFormat, timestamp: Double?)?
    /// The worker has enough for now.
    private var isPaused = false
    private var isProcessing = false
    private var inputEnded = false
    /// The worker knows that nothing more comes.
    private var hasEnded = false
    /// What it was told was the last thing.
    private var isClosing = false

    /// In which a client may take what it was told last.
    private static let patienceAtTheEnd = TimeAmount.seconds(2)

    init(_ connections: Connections) { self.connections = connections }

    // MARK: - Life of the connection

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        do throws(ClientError) {
            guard try connections.admit(context.channel) else { return context.close(promise: nil) }
        } catch {
            fail(error)
        }
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.forget(context.channel)
        if let stream { stream.worker.remove(stream) }
        stream = nil
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection reset or a broken pipe: the client left in its own way.
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputEnded = true
            process()
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: - Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After an error nothing that comes is understood, but it is taken: else the client would not get to read the error.
        if !isClosing { reader.append(unwrapInboundIn(data)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) { process() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { process() }
    }

    /// Does what has come, as far as the client reads and the worker takes it, then asks for more.
    private func process() {
        guard let context, !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        do throws(ClientError) {
            while !isClosing, !isPaused, context.channel.isWritable, let piece = try reader.next() {
                switch piece {
                case .head(let head): try handle(ClientEvent(head))
                case .payload(let bytes): hear(bytes)
                }
            }
        } catch {
            fail(error)
        }
        context.flush()
        if inputEnded {
            if !hasEnded, !isClosing, !isPaused, context.channel.isWritable { end() }
        } else if isClosing || !isPaused && context.channel.isWritable {
            context.read()
        }
    }

    private func handle(_ event: ClientEvent) throws(ClientError) {
        chunk = nil
        switch event {
        case .describe: write(connections.info)
        case .ping(let text): write(ServerEvent.pong(text: text).frame)
        case .detect(let names, let context):
            let choice = try connections.vocabulary.choice(names)
            add(.begin(choice, context: context, timestamp: nil), to: try self.stream(choice))
        case .audioStart(let format, let timestamp):
            startFormat = format
            add(.begin(nil, context: nil, timestamp: timestamp), to: try self.stream())
        case .audioChunk(let format, let timestamp, let bytes):
            guard let format = format ?? startFormat else {
                throw ClientError(.badData, "audio needs rate, width and channels: \(AudioFields.example)")
            }
            guard bytes % format.sampleBytes == 0 else {
                throw ClientError(
                    .badAudio, "a chunk of \(bytes) bytes is no whole number of samples of \(format.sampleBytes) bytes")
            }
            _ = try self.stream()
            chunk = (format, timestamp)
        case .audioStop: add(.end(isLast: false), to: try self.stream())
        case .other: break
        }
    }

    private func hear(_ bytes: [UInt8]) {
        // The payload of an event that is not known is dropped.
        guard let stream, let chunk else { return }
        self.chunk?.timestamp = nil
        let now = MonotonicClock.nanoseconds()
        add(.audio(bytes, chunk.format, timestamp: chunk.timestamp, arrived: now), to: stream)
    }

    /// The client has sent all that it will; it is told what it is to be told, and let go.
    private func end() {
        guard let stream else {
            context?.close(promise: nil)
            return
        }
        hasEnded = true
        _ = stream.add(.end(isLast: true))
    }

    // MARK: - The stream

    /// The stream of this connection, made when it is first spoken of.
    private func stream(_ choice: Vocabulary.Choice? = nil) throws(ClientError) -> ClientStream {
        if let stream { return stream }
        guard let context else { preconditionFailure("frames are read only while there is a connection") }
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let choice = if let choice { choice } else { try connections.vocabulary.choice([]) }
        let stream = try connections.workers.stream(choice) { outcome in
            eventLoop.execute { this.value.take(outcome) }
        }
        self.stream = stream
        return stream
    }

    private func add(_ job: ClientStream.Job, to stream: ClientStream) {
        if !stream.add(job) { isPaused = true }
    }

    private func take(_ outcome: ClientStream.Outcome) {
        guard let context else { return }
        switch outcome {
        case .tell(.error(let error)): fail(error)
        case .tell(let event):
            if case .detection(let word) = event { connections.log(word, of: context.channel) }
            context.writeAndFlush(wrapOutboundOut(event.frame), promise: nil)
        case .ended: if !isClosing { close() }
        case .drained:
            isPaused = false
            process()
        }
    }

    // MARK: - Writing

    private func write(_ frame: ByteBuffer) { context?.write(wrapOutboundOut(frame), promise: nil) }

    /// Tells the client what is wrong, and lets it go.
    private func fail(_ error: ClientError) {
        guard let context, !isClosing else { return }
        connections.log(error, of: context.channel)
        if let stream { stream.worker.remove(stream) }
        write(ServerEvent.error(error).frame)
        close()
    }

    /// Sends what is written, then the end; and takes what the client still sends, so that its kernel does not throw away
    /// what it has not read yet.
    private func close() {
        guard let context else { return }
        isClosing = true
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        written.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        if inputEnded { written.futureResult.whenComplete { _ in channel.close(promise: nil) } }
        let timer = context.eventLoop.scheduleTask(in: Self.patienceAtTheEnd) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
        if !inputEnded { context.read() }
    }
}
