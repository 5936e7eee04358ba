import Testing
import Web

struct RateLimiterTests {
    @Test func `each client has its own bucket, and it fills again`() {
        let limiter = RateLimiter(perMinute: 6)
        let now = ContinuousClock.now
        for _ in 0..<6 { #expect(limiter.secondsToWait(client: "a", now: now) == nil) }
        #expect(limiter.secondsToWait(client: "a", now: now) == 10)
        #expect(limiter.secondsToWait(client: "b", now: now) == nil)
        #expect(limiter.secondsToWait(client: "a", now: now + .seconds(4)) == 6)
        #expect(limiter.secondsToWait(client: "a", now: now + .seconds(10)) == nil)
        #expect(limiter.secondsToWait(client: "a", now: now + .seconds(10)) == 10)
    }

    @Test func `thousands of clients cost no more than thousands of buckets, and nobody goes without a limit`() {
        let limiter = RateLimiter(perMinute: 2)
        let now = ContinuousClock.now
        for client in 0..<4096 { _ = limiter.secondsToWait(client: "\(client)", now: now) }
        let late = (0..<10).map { limiter.secondsToWait(client: "late \($0)", now: now) }
        #expect(late.prefix(2).allSatisfy { $0 == nil } && late.dropFirst(2).allSatisfy { $0 == 30 })
        // A minute later all buckets are full: they are forgotten, and there is room.
        let later = (0..<10).map { limiter.secondsToWait(client: "later \($0)", now: now + .seconds(61)) }
        #expect(later.allSatisfy { $0 == nil })
    }

    @Test func `zero is no limit`() {
        let limiter = RateLimiter(perMinute: 0)
        for _ in 0..<10_000 { #expect(limiter.secondsToWait(client: "a") == nil) }
    }
}
