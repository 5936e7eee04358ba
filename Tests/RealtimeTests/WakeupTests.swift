import Realtime
import Testing
import Time

struct WakeupTests {
    @Test func `a signal before the wait is not lost`() {
        let wakeup = Wakeup()
        wakeup.signal()
        #expect(wakeup.wait(timeout: .seconds(10)))
    }

    @Test func `several signals before the wait count as one`() {
        let wakeup = Wakeup()
        for _ in 0..<5 { wakeup.signal() }
        #expect(wakeup.wait(timeout: .seconds(10)))
        #expect(!wakeup.wait(timeout: .zero))
    }

    @Test func `a wait without a signal ends at its timeout, not before`() {
        let wakeup = Wakeup()
        let start = ContinuousClock.now
        #expect(!wakeup.wait(timeout: .milliseconds(30)))
        #expect(ContinuousClock.now - start >= .milliseconds(30))
    }

    @Test func `a wait for ever is ended by a signal from another thread`() throws {
        let wakeup = Wakeup()
        let thread = try RealtimeThread(name: "waker") {
            MonotonicClock.sleep(nanoseconds: 20_000_000)
            wakeup.signal()
        }
        #expect(wakeup.wait(timeout: .seconds(Int64.max)))
        #expect(thread.join(timeout: .seconds(10)))
    }

    @Test func `two threads that wake each other in turn never miss a turn`() throws {
        let ping = Wakeup()
        let pong = Wakeup()
        let turns = 20_000
        let thread = try RealtimeThread(name: "pong") {
            for _ in 0..<turns {
                guard ping.wait(timeout: .seconds(20)) else { return }
                pong.signal()
            }
        }
        for turn in 0..<turns {
            ping.signal()
            try #require(pong.wait(timeout: .seconds(20)), "turn \(turn)")
        }
        #expect(thread.join(timeout: .seconds(10)))
    }
}
