/// Runs `body`, and cancels it when the time is up.
///
/// - Throws: what `body` throws, or `problem` if it took too long.
func withDeadline<Result: Sendable>(
    _ limit: Duration, else problem: Problem, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else { throw problem }
        return result
    }
}
