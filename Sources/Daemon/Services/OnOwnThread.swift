import Protocol
import Realtime

/// Runs what may wait, for a disk or for whoever writes to a pipe, on a thread of its own: the main thread
/// stays free for what supervises and answers.
///
/// - Parameters:
///   - name: of the thread, at most 15 bytes.
///   - patience: so long its result is waited for; after that the thread is left behind.
/// - Returns: what `body` returned; nil if it has not in that time, the task was cancelled, or there is no thread to be had.
func onOwnThread<Value: Sendable>(
    _ name: String, patience: Duration = .seconds(10), _ body: @escaping @Sendable () -> Value
) async -> Value? {
    let (results, result) = AsyncStream.makeStream(of: Value.self)
    // As much stack as the first thread of a process has: a configuration may be nested deeply.
    let thread = try? RealtimeThread(name: name, stackSizeBytes: 8 << 20) {
        result.yield(body())
        result.finish()
    }
    guard thread != nil else { return nil }
    let timer = Task {
        try await SingleThread.sleep(for: patience)
        result.finish()
    }
    defer { timer.cancel() }
    return await results.first { _ in true }
}

/// The same for what a reader asked: what `body` throws, and that it took too long, is the answer.
///
/// - Parameter late: what to say then.
func answerOnOwnThread<Value: Sendable, Failure: Error>(
    _ name: String, patience: Duration = .seconds(10), late: String,
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(ErrorMessage) -> Value {
    let result = await onOwnThread(name, patience: patience) { Result { () throws(Failure) in try body() } }
    guard let result else { throw ErrorMessage(.failed, late) }
    do throws(Failure) {
        return try result.get()
    } catch {
        throw ErrorMessage(.failed, "\(error)")
    }
}
