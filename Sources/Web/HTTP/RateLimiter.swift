import HTTPTypes
import Synchronization

/// A token bucket for each client: so many requests at once, refilled over a minute. Any thread.
///
/// Bounded: once there are many clients, those whose bucket is full again are forgotten; if all are busy, newcomers share
/// one bucket.
package final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var filled: ContinuousClock.Instant
    }

    private let perMinute: Double
    private let buckets = Mutex<[String: Bucket]>([:])
    private static let mostClients = 4096

    /// - Parameter perMinute: 0 sets no limit.
    package init(perMinute: Int) { self.perMinute = Double(perMinute) }

    /// Takes a token; nil if there was one, else the seconds until there is.
    package func secondsToWait(client: String, now: ContinuousClock.Instant = .now) -> Int? {
        guard perMinute > 0 else { return nil }
        return buckets.withLock { buckets in
            var key = client
            if buckets[client] == nil, buckets.count >= Self.mostClients {
                buckets = buckets.filter { filled($0.value, now) < perMinute }
                if buckets.count >= Self.mostClients { key = "" }
            }
            let tokens = buckets[key].map { filled($0, now) } ?? perMinute
            let isGranted = tokens >= 1
            buckets[key] = Bucket(tokens: isGranted ? tokens - 1 : tokens, filled: now)
            return isGranted ? nil : max(1, Int(((1 - tokens) * 60 / perMinute).rounded(.up)))
        }
    }

    /// Takes a token.
    ///
    /// - Throws: ``Problem``: 429, with the time until there is one.
    func take(for client: String) throws(Problem) {
        guard let seconds = secondsToWait(client: client) else { return }
        throw Problem.busy(
            .tooManyRequests, "more requests or files than a minute allows; try again in \(seconds) s",
            retryAfterSeconds: seconds)
    }

    private func filled(_ bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
        min(perMinute, bucket.tokens + (now - bucket.filled) / .seconds(60) * perMinute)
    }
}
