import Glibc
import Protocol
import Realtime
import Synchronization

/// A connection to a running daemon: what it tells, and what it answers.
///
///     let client = try await EventClient.connect(to: SocketPath.client(environment: environment))
///     for try await message in client.messages { print(message.line) }
///
/// ``messages`` holds everything that answers no request of this client: `hello`, `status`, `keyword`, in the order of
/// the socket. One task reads them; any task may ask. While messages are not read, the daemon is not read from either,
/// and drops this client once its queue is full.
public final class EventClient: Sendable {
    /// What the daemon said first.
    public let hello: HelloMessage
    /// The socket's path.
    public let path: String
    private let connection: Connection
    private let greeting: Mutex<ReceivedMessage?>
    private let lastID = Atomic<Int64>(0)

    private init(hello: HelloMessage, greeting: ReceivedMessage, path: String, connection: Connection) {
        self.hello = hello
        self.path = path
        self.connection = connection
        self.greeting = Mutex(greeting)
    }

    deinit { connection.close() }

    /// Connects and waits for the daemon's `hello`.
    /// - Throws: ``EventClientError``.
    public static func connect(to path: String, timeout: Duration = .seconds(5)) async throws -> EventClient {
        let connection = try Connection(try await connectedSocket(path, timeout: timeout), path: path)
        // A daemon that is stuck accepts nobody; the kernel connects us nevertheless.
        let timer = Task {
            try await SingleThread.sleep(for: timeout)
            connection.close()
        }
        defer { timer.cancel() }
        do {
            guard let first = try await connection.next() else {
                throw EventClientError.noAnswer(path: path, to: "hello")
            }
            switch first.content {
            case .hello(let hello):
                return EventClient(hello: hello, greeting: first, path: path, connection: connection)
            case .error(let error): throw EventClientError.refused(error.error)
            default: throw EventClientError.notUnderstood(line: String(first.line.prefix(200)))
            }
        } catch {
            connection.close()
            throw error
        }
    }

    /// Sends a request and waits for its answer; for ``Request/events(since:)`` the events come through ``messages``
    /// and this is their end.
    /// - Throws: ``EventClientError``, or the daemon's ``ErrorMessage``.
    public func answer(to request: Request, timeout: Duration = .seconds(5)) async throws -> ReceivedMessage {
        let id = RequestID.integer(lastID.add(1, ordering: .relaxed).newValue)
        let message = try await connection.answer(to: request, id: id, timeout: timeout)
        if case .error(let error) = message.content { throw error }
        return message
    }

    /// Closes the connection; ``messages`` ends.
    public func close() { connection.close() }

    /// Everything that answers no request, `hello` first; ends when the daemon closes the connection.
    public var messages: Messages { Messages(client: self) }

    /// The messages of a client. Cancelling the task that waits for one closes the connection.
    public struct Messages: AsyncSequence, Sendable {
        fileprivate let client: EventClient

        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate let client: EventClient

            public func next() async throws -> ReceivedMessage? {
                try await client.nextMessage()
            }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(client: client) }
    }

    private func nextMessage() async throws -> ReceivedMessage? {
        if let message = greeting.withLock({ $0.take() }) { return message }
        return try await connection.next()
    }

    /// Connects as soon as there is room in the daemon's queue: a crowd before us may have filled it.
    private static func connectedSocket(_ path: String, timeout: Duration) async throws -> CInt {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let descriptor = try connectedSocket(path) { return descriptor }
            guard ContinuousClock.now < deadline else { throw EventClientError.noAnswer(path: path, to: "hello") }
            try await SingleThread.sleep(for: .milliseconds(10))
        }
    }

    /// Nil if the queue of those who wait for the daemon is full.
    private static func connectedSocket(_ path: String) throws(EventClientError) -> CInt? {
        let address: UnixAddress
        do throws(SocketError) {
            address = try UnixAddress(path: path)
        } catch {
            throw .badPath(error)
        }
        // Without SOCK_NONBLOCK a daemon whose backlog is full would hold this thread.
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .failed(path: path, code: errno) }
        guard address.withPointer({ Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            switch code {
            case ENOENT, ECONNREFUSED, ENOTDIR: throw .noDaemon(path: path)
            case EACCES, EPERM: throw .notPermitted(path: path)
            case EAGAIN: return nil
            default: throw .failed(path: path, code: code)
            }
        }
        return descriptor
    }
}
