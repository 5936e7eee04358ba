import Capture
import Daemon
import Events
import Testing

struct FlowStateTests {
    private func state(_ change: (inout Flow) -> Void) -> DaemonState {
        var flow = Flow(samples: 16000, inferences: 10, sampleAgeSeconds: 0.01, inferenceAgeSeconds: 0.05)
        change(&flow)
        return FlowState(flow, isStopping: false).state
    }

    @Test func `the state follows what flows`() {
        #expect(state { _ in } == .listening)
        #expect(state { $0 = Flow() } == .starting)
        #expect(state { $0.sampleAgeSeconds = 1.2 } == .stalled)
        #expect(state { $0.inferenceAgeSeconds = 1.6 } == .stalled)
        #expect(state { $0.silentSeconds = 11 } == .degraded)
        #expect(state { $0.end = .disconnected } == .noDevice)
        #expect(state { $0.end = .stopped } == .listening)
        #expect(FlowState(Flow(), isStopping: true).state == .stopping)
    }

    @Test func `the watchdog is pinged only when frames advanced and the network ran since the last ping`() {
        var watchdog = Watchdog(interval: .seconds(3))
        func ping(frames: UInt64, inferences: UInt64, second: Int64) -> Bool {
            watchdog.shouldPing(frames: frames, inferences: inferences, now: second * 1_000_000_000)
        }
        #expect(!ping(frames: 0, inferences: 0, second: 0))
        #expect(ping(frames: 10, inferences: 1, second: 1))
        #expect(!ping(frames: 20, inferences: 1, second: 3), "no inference")
        #expect(!ping(frames: 10, inferences: 2, second: 3), "no frame")
        #expect(ping(frames: 20, inferences: 2, second: 3))
        #expect(!ping(frames: 30, inferences: 3, second: 3), "too soon")
        var unwatched = Watchdog(interval: nil)
        let pings = unwatched.shouldPing(frames: 1, inferences: 1, now: 1)
        #expect(!pings)
    }
}
