import NIOCore
import NIOPosix

public enum EventLoopTimer {
    /// Waits as `Task.sleep` does, by NIO's timers instead of libdispatch's: whatever uses those once is woken by them every
    /// second from then on.
    ///
    /// - Throws: `CancellationError`.
    public static func sleep(for duration: Duration) async throws {
        let scheduled = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(duration)) {}
        try await withTaskCancellationHandler {
            do {
                try await scheduled.futureResult.get()
            } catch {
                throw CancellationError()
            }
        } onCancel: {
            scheduled.cancel()
        }
    }
}
