import Glibc
import Protocol
import Realtime
import Synchronization

/// The client's end of a connection, and the thread "client" that reads it: sorts messages into answers, which somebody
/// awaits, and others, which wait to be read.
///
/// Reads no further while ``arrivedLimit`` messages wait and no answer is awaited. Any thread.
final class Connection: Sendable {
    private struct State {
        var arrived: [ReceivedMessage] = []
        /// Who waits for the next message.
        var reader: CheckedContinuation<ReceivedMessage?, any Error>?
        var answers: [RequestID: CheckedContinuation<ReceivedMessage, any Error>] = [:]
        var isClosing = false
        /// The descriptor is closed. Until then only the thread closes it, so that its number stays its own.
        var hasEnded = false
        /// Why, if it was not just the end.
        var failure: EventClientError?
    }

    private static let arrivedLimit = 256
    private let path: String
    private let descriptor: CInt
    private let state = Mutex(State())
    /// Posted when there may be a reason to read on.
    private let wanted = Semaphore()

    /// Takes over a connected socket, which it closes.
    init(_ descriptor: CInt, path: String) throws(EventClientError) {
        self.descriptor = descriptor
        self.path = path
        // It blocks from here on: for a message there is time.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        do throws(RealtimeThread.CreationError) {
            // As much stack as the first thread of a process has: a message may be nested deeply.
            _ = try RealtimeThread(name: "client", stackSizeBytes: 8 << 20) { self.read() }
        } catch {
            Glibc.close(descriptor)
            throw .failed(path: path, code: error.errno)
        }
    }

    /// The next message that answers nothing; nil at the end of the connection. One call at a time.
    func next() async throws -> ReceivedMessage? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    precondition(state.reader == nil, "messages of one client are read by one task at a time")
                    if !state.arrived.isEmpty {
                        continuation.resume(returning: state.arrived.removeFirst())
                    } else if state.hasEnded {
                        continuation.resume(with: Self.end(state))
                    } else {
                        state.reader = continuation
                    }
                }
                wanted.post()
            }
        } onCancel: {
            close()
        }
    }

    /// Sends a request and waits for its answer.
    func answer(to request: Request, id: RequestID, timeout: Duration) async throws -> ReceivedMessage {
        let timer = Task {
            try await SingleThread.sleep(for: timeout)
            fail(id, .noAnswer(path: path, to: request.name))
        }
        defer { timer.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let line = request.jsonLine(id: id).utf8 + [UInt8(ascii: "\n")]
            let isSent = state.withLock { state in
                guard !state.hasEnded else {
                    continuation.resume(throwing: state.failure ?? .closed(path: path))
                    return true
                }
                state.answers[id] = continuation
                return send(descriptor, line, line.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)) == line.count
            }
            // Whoever does not even take a line has not read for long.
            if !isSent { close() }
            wanted.post()
        }
    }

    /// Ends the connection; what has come can still be read.
    func close() {
        state.withLock { state in
            state.isClosing = true
            if !state.hasEnded { shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
        wanted.post()
    }

    private func fail(_ id: RequestID, _ error: EventClientError) {
        state.withLock { $0.answers.removeValue(forKey: id) }?.resume(throwing: error)
    }

    // MARK: - On its thread

    private func read() {
        var reader = MessageReader()
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while waitUntilWanted() {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            reader.append(bytes[..<count])
            do throws(UnreadableLine) {
                while let message = try reader.next() { sort(message) }
            } catch {
                return end(.notUnderstood(line: error.start))
            }
        }
        end(nil)
    }

    /// Returns false once there is nothing more to be read.
    private func waitUntilWanted() -> Bool {
        while true {
            let (isWanted, isClosing) = state.withLock { state in
                (state.arrived.count < Self.arrivedLimit || !state.answers.isEmpty, state.isClosing)
            }
            if isClosing { return false }
            if isWanted { return true }
            wanted.wait()
        }
    }

    private func sort(_ message: ReceivedMessage) {
        state.withLock { state in
            if let id = message.answeredID, let answer = state.answers.removeValue(forKey: id) {
                answer.resume(returning: message)
            } else if let reader = state.reader.take() {
                reader.resume(returning: message)
            } else {
                state.arrived.append(message)
            }
        }
    }

    private func end(_ failure: EventClientError?) {
        state.withLock { state in
            (state.hasEnded, state.failure) = (true, failure)
            Glibc.close(descriptor)
            for answer in state.answers.values { answer.resume(throwing: failure ?? .closed(path: path)) }
            state.answers = [:]
            state.reader.take()?.resume(with: Self.end(state))
        }
    }

    /// What a reader is told when there is nothing more.
    private static func end(_ state: State) -> Result<ReceivedMessage?, any Error> {
        if let failure = state.failure { .failure(failure) } else { .success(nil) }
    }
}
