import Glibc
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Protocol
import Server
import ServiceSettings

/// The listening sockets and the one thread of all connections.
final class WyomingServer: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let connections: NIOLoopBound<Connections>
    private let logger: Logger

    init(_ make: @escaping @Sendable () -> Connections, logger: Logger) async throws {
        let eventLoop = group.next()
        connections = try await eventLoop.submit { NIOLoopBound(make(), eventLoop: eventLoop) }.get()
        self.logger = logger
    }

    /// A socket that listens, and the file that it leaves behind.
    struct Listener: Sendable {
        let channel: any Channel
        let file: ListeningSocket?
        /// With the port that it has.
        let address: String
    }

    /// - Throws: ``StartError``.
    func listen(on address: ListenAddress) async throws -> Listener {
        try await listen(on: address, bootstrap, setting: "wyoming.uri")
    }

    /// Gives the numbers to who asks for them.
    ///
    /// - Throws: ``StartError``.
    func tell(_ metrics: ServerMetrics, of workers: Workers, on address: ListenAddress) async throws -> Listener {
        let pages = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(MetricsPage(metrics: metrics, workers: workers))
                }
            }
        return try await listen(on: address, pages, setting: "wyoming.metrics")
    }

    private func listen(
        on address: ListenAddress, _ bootstrap: ServerBootstrap, setting: String
    ) async throws -> Listener {
        switch address {
        case .unix(let path):
            let file: ListeningSocket
            do throws(SocketError) {
                file = try ListeningSocket(path: path, mode: 0o666, group: nil)
            } catch {
                throw StartError(error)
            }
            for notice in file.notices { logger.warning("\(notice)") }
            let channel = try await bootstrap.withBoundSocket(file.descriptor).get()
            return Listener(channel: channel, file: file, address: address.description)
        case .tcp(let host, let port):
            do {
                let channel = try await bootstrap.bind(host: host, port: port).get()
                let bound = ListenAddress.tcp(host: host, port: channel.localAddress?.port ?? port)
                return Listener(channel: channel, file: nil, address: bound.description)
            } catch let error as IOError {
                throw Self.startError(address, String(cString: strerror(error.errnoCode)), setting)
            } catch let error where error is SocketAddressError || error is SocketAddressError.UnknownHost {
                throw Self.startError(address, "there is no such host", setting)
            }
        }
    }

    /// Serves a socket that listens already, as systemd passes it.
    func listen(on descriptor: CInt) async throws -> Listener {
        let channel = try await bootstrap.withBoundSocket(descriptor).get()
        let address = channel.localAddress
        let text = address?.pathname ?? address.map { "port \($0.port ?? 0)" } ?? "a socket"
        return Listener(channel: channel, file: nil, address: "\(text), passed by systemd")
    }

    /// Takes no more clients, closes those that there are, and ends.
    func stop(_ listeners: [Listener]) async throws {
        for listener in listeners {
            listener.channel.close(promise: nil)
            listener.file?.removeFile()
        }
        try await group.next().submit { [connections] in connections.value.closeAll() }.get()
        try await group.shutdownGracefully()
    }

    private var bootstrap: ServerBootstrap {
        let connections = connections
        let logger = logger
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let backoff = AcceptBackoff { code, isFirst in
                        guard isFirst else { return }
                        logger.error("cannot accept clients for now: \(String(cString: strerror(code))); they wait")
                    }
                    try channel.pipeline.syncOperations.addHandler(backoff, position: .first)
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 * 1024))
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 16 * 1024, high: 64 * 1024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if channel.remoteAddress?.protocol != .unix { Self.watch(channel) }
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connections.value))
                }
            }
    }

    /// Sends words at once, and finds out within two minutes when the machine of a client is gone.
    private static func watch(_ channel: any Channel) {
        let options: [(ChannelOptions.Types.SocketOption, SocketOptionValue)] = [
            (.tcpOption(.tcp_nodelay), 1), (.socketOption(.so_keepalive), 1),
            (.init(level: .tcp, name: .init(rawValue: TCP_KEEPIDLE)), 60),
            (.init(level: .tcp, name: .init(rawValue: TCP_KEEPINTVL)), 15),
            (.init(level: .tcp, name: .init(rawValue: TCP_KEEPCNT)), 4),
        ]
        for (option, value) in options { channel.setOption(option, value: value).whenFailure { _ in } }
    }

    private static func startError(_ address: ListenAddress, _ reason: String, _ setting: String) -> StartError {
        StartError(
            "cannot listen on \(address): \(reason); give an address of this machine and a free port in \(setting)",
            exitCode: EX_UNAVAILABLE)
    }
}
