import HTTPTypes
import ServiceLifecycle

/// Runs `body`, and cancels it when the time is up, or a while after the service was told to end.
///
/// - Throws: what `body` throws, `problem` if it took too long, or that the service ends.
func withDeadline<Result: Sendable>(
    _ limit: Duration, else problem: Problem, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        group.addTask {
            try await gracefulShutdown()
            try await Task.sleep(for: WebService.patienceAtTheEnd)
            throw Problem.busy(
                .serviceUnavailable, "the service was told to end before all had arrived; send it again",
                retryAfterSeconds: 5)
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else { throw problem }
        return result
    }
}
