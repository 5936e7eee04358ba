import NIOCore
import NIOPosix
import Protocol
import Synchronization

/// The event socket: tells every reader what happens, and answers what it asks.
///
/// The protocol is described in PROTOCOL.md. One thread of its own does everything; publishing hands it the event and
/// returns at once, from any thread. Events of one publishing thread reach every reader in the order of publishing.
/// No reader can slow another or the publisher: what does not fit its queue drops the reader, never the event of
/// others.
///
///     let server = EventServer(configuration: .init(path: path), source: daemon)
///     for notice in try await server.start() { logger.warning("\(notice)") }
///     try await server.run()      // until stop() or cancellation
public final class EventServer: Sendable {
    private struct Running {
        let group: MultiThreadedEventLoopGroup
        let eventLoop: any EventLoop
        let hub: NIOLoopBound<ReaderHub>
        let listeners: [any Channel]
        /// Nil when the sockets were passed in and belong to somebody else.
        let socket: ListeningSocket?
        /// Done once every reader is closed.
        let stopped: EventLoopPromise<Void>
    }

    private enum Phase {
        case idle
        case starting
        case running(Running, isStopping: Bool)
        case stopped
    }

    private let configuration: Configuration
    private let source: any EventSource
    private let phase = Mutex(Phase.idle)
    private let turns = Atomic<Int>(0)

    public init(configuration: Configuration, source: any EventSource) {
        self.configuration = configuration
        self.source = source
    }

    deinit {
        // Started but never run: something else failed meanwhile, and nobody is left to wait for the readers.
        guard case .running(let running, isStopping: false) = phase.withLock({ $0 }) else { return }
        running.socket?.removeFile()
        for listener in running.listeners { listener.close(promise: nil) }
        running.stopped.succeed(())
    }

    /// Opens the socket; readers are served from here on. Call it once; ``run()`` must follow.
    ///
    /// - Returns: What a person should know although the socket works, one sentence each.
    /// - Throws: ``SocketError`` when the path cannot be used.
    @discardableResult
    public func start() async throws -> [String] {
        phase.withLock { phase in
            guard case .idle = phase else { preconditionFailure("an event server is started once") }
            phase = .starting
        }
        var socket: ListeningSocket?
        var descriptors = configuration.listeningDescriptors
        do {
            if descriptors.isEmpty {
                let opened = try ListeningSocket(
                    path: configuration.path, mode: configuration.mode, group: configuration.group)
                socket = opened
                descriptors = [opened.descriptor]
            }
        } catch {
            phase.withLock { $0 = .stopped }
            throw error
        }
        let running = try await serve(descriptors, socket)
        phase.withLock { $0 = .running(running, isStopping: false) }
        return socket?.notices ?? []
    }

    /// Serves until ``stop()`` or the cancellation of the task; then every reader has got what was published before, or
    /// had its time. Starts the server if that has not been done. The socket's file is gone when it returns.
    public func run() async throws {
        if phase.withLock({ if case .idle = $0 { true } else { false } }) { try await start() }
        guard case .running(let running, _) = phase.withLock({ $0 }) else { return }
        await withTaskCancellationHandler {
            try? await running.stopped.futureResult.get()
        } onCancel: {
            stop()
        }
        phase.withLock { $0 = .stopped }
        running.socket?.removeFile()
        try await running.group.shutdownGracefully()
    }

    /// Tells the server to send what was published, to close every reader, and to end. Returns at once, from any
    /// thread.
    public func stop() {
        phase.withLock { phase in
            guard case .running(let running, isStopping: false) = phase else { return }
            phase = .running(running, isStopping: true)
            running.eventLoop.execute {
                for listener in running.listeners { listener.close(promise: nil) }
                running.hub.value.stop(on: running.eventLoop).cascade(to: running.stopped)
            }
        }
    }

    /// Sends a keyword event to its readers and remembers it for replay. Any thread; before ``start()`` and after
    /// ``stop()`` it does nothing.
    ///
    /// - Parameter line: the event's, if it is written already.
    public func publish(_ event: KeywordEvent, line: JSONLine? = nil) {
        let line = line ?? event.jsonLine()
        onLoop { $0.publish(event, line: line.buffer) }
    }

    /// Sends anything else to those who subscribed to it. Any thread; before ``start()`` and after ``stop()`` it does
    /// nothing.
    public func publish(_ message: some SocketMessage, as type: EventType) {
        onLoop { $0.publish(message, as: type) }
    }

    /// How often the server's thread went round for ``wake()``. Any thread.
    public var rounds: Int { turns.load(ordering: .relaxed) }

    /// Has the server's thread go round, to show that it lives. Any thread; before ``start()`` and after ``stop()`` it
    /// does nothing.
    public func wake() {
        onLoop { [self] _ in turns.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Runs something on the event loop, in the order of calls.
    private func onLoop(_ body: @escaping @Sendable (ReaderHub) -> Void) {
        // Inside the lock, so that nothing is handed to a loop that has ended.
        phase.withLock { phase in
            guard case .running(let running, isStopping: false) = phase else { return }
            running.eventLoop.execute { body(running.hub.value) }
        }
    }

    private func serve(_ descriptors: [CInt], _ socket: ListeningSocket?) async throws -> Running {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let configuration = configuration
        let source = source
        // Of a socket that was passed, who may connect was settled by who opened it; control is still the group's.
        let groupID = socket.map(\.groupID) ?? configuration.group.flatMap(Group.identifier(of:))
        let hub = try await eventLoop.submit {
            NIOLoopBound(
                ReaderHub(configuration: configuration, source: source, groupID: groupID), eventLoop: eventLoop)
        }.get()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoff { code, _ in hub.value.countNotAccepted(code: code) }, position: .first)
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 16 * 1024, high: 64 * 1024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReaderHandler(hub: hub.value))
                }
            }
        var listeners: [any Channel] = []
        for descriptor in descriptors { listeners.append(try await bootstrap.withBoundSocket(descriptor).get()) }
        return Running(
            group: group, eventLoop: eventLoop, hub: hub, listeners: listeners, socket: socket,
            stopped: eventLoop.makePromise(of: Void.self))
    }
}
