import Protocol

extension EventServer {
    /// Where the server listens and what it grants its readers.
    public struct Configuration: Sendable {
        /// Path of the socket, at most 107 bytes.
        public var path: String
        /// Who may connect: the mode of the socket's file.
        public var mode: UInt32 = 0o660
        /// The group that owns the socket, and whose members may control the daemon; nil leaves it as it comes.
        public var group: String?
        /// More readers than that are sent away with an error.
        public var maximumReaders = 64
        /// Bytes that may wait for a reader, beside what the kernel keeps, before it is dropped. A whole replay of the
        /// history must fit, or asking for it could cost a reader its connection.
        public var readerQueueBytes = 512 * 1024
        /// Keyword events that `events` can replay.
        public var historyEvents = 256
        /// Events of earlier runs that can be replayed too, oldest first.
        public var earlierEvents: [KeywordEvent] = []
        /// A line of more bytes closes the connection.
        public var requestLineBytes = 256 * 1024
        /// Requests of one reader that are answered in a second; the others wait their turn.
        public var requestsPerSecond = 200
        /// How long ``EventServer/stop()`` waits for readers to take what was published.
        public var flushMilliseconds: Int64 = 300
        /// Sockets that listen already, as systemd passes them: all are served, and `path`, `mode` and owner are left
        /// alone.
        public var listeningDescriptors: [Int32] = []
        /// Told of readers that were dropped or sent away, on the server's thread; it must not wait.
        public var onIncident: @Sendable (Incident) -> Void = { _ in }

        public init(path: String, group: String? = nil) {
            self.path = path
            self.group = group
        }
    }

    /// Something that happened to a reader and belongs in the log.
    public enum Incident: Sendable, Equatable, CustomStringConvertible {
        /// It did not read, and was dropped with that many bytes waiting.
        case dropped(Peer?, waitingBytes: Int)
        /// There were too many already.
        case refused(Peer?, maximumReaders: Int)
        /// The process has no descriptors left but those that readers must leave.
        case refusedForDescriptors(Peer?)
        /// One could not even be accepted, for a reason that may pass.
        case notAccepted(code: CInt)

        public var description: String {
            switch self {
            case .dropped(let peer, let waitingBytes):
                "a reader\(name(peer)) did not read: dropped with \(waitingBytes) bytes waiting"
            case .refusedForDescriptors(let peer):
                "a reader\(name(peer)) was sent away: file descriptors run out; raise LimitNOFILE="
            case .notAccepted(let code):
                "readers cannot be accepted: \(systemText(code)); they wait"
            case .refused(let peer, let maximumReaders):
                "a reader\(name(peer)) was sent away: \(maximumReaders) are connected, the most that socket.max_readers allows"
            }
        }

        private func name(_ peer: Peer?) -> String {
            peer.map { " (process \($0.processID), user \($0.userID))" } ?? ""
        }
    }
}
