import Capture
import Daemon
import Protocol
import Testing

struct FlowStateTests {
    private func state(_ change: (inout Flow) -> Void) -> DaemonState {
        var flow = Flow()
        (flow.microphone, flow.inferences) = (.open, 10)
        (flow.sampleAgeSeconds, flow.inferenceAgeSeconds, flow.microphoneSeconds) = (0.01, 0.05, 60)
        change(&flow)
        return FlowState(flow, isStopping: false).state
    }

    @Test func `the state follows what flows`() {
        #expect(state { _ in } == .listening)
        #expect(state { $0 = Flow() } == .starting)
        #expect(state { ($0, $0.microphoneSeconds) = (Flow(), 3) } == .stalled, "it does not open")
        #expect(state { $0.sampleAgeSeconds = 1.2 } == .stalled, "the listening thread stands")
        #expect(state { ($0.sampleAgeSeconds, $0.captureAgeSeconds) = (1.2, 1.2) } == .stalled)
        #expect(state { ($0.sampleAgeSeconds, $0.microphone) = (1.2, .reopening) } == .stalled)
        #expect(state { ($0.sampleAgeSeconds, $0.microphone) = (120, .opening) } == .stalled)
        #expect(state { ($0.inferenceAgeSeconds, $0.flowingSeconds) = (1.6, 2) } == .stalled)
        #expect(state { ($0.inferenceAgeSeconds, $0.flowingSeconds) = (9, 0.1) } == .listening, "audio is just back")
        #expect(state { $0.handOutAgeSeconds = 3 } == .stalled)
        #expect(state { $0.constantSeconds = 6 } == .degraded)
        #expect(state { $0.isLosing = true } == .degraded)
        #expect(state { $0.microphone = .absent(reason: "gone") } == .noDevice)
        #expect(state { $0.microphone = .stuck } == .stalled)
        #expect(state { $0.microphone = .muted } == .muted)
        #expect(FlowState(Flow(), isStopping: true).state == .stopping)
    }

    @Test func `a device is not judged by what was before it was opened`() {
        // Captured, and not heard yet.
        #expect(state { ($0.sampleAgeSeconds, $0.inferences, $0.microphoneSeconds) = (nil, 0, 0.05) } == .starting)
        #expect(state { ($0.sampleAgeSeconds, $0.microphoneSeconds) = (nil, 3) } == .stalled)
        // Heard already, while its thread has not said yet that it is open.
        #expect(state { ($0.sampleAgeSeconds, $0.microphone) = (0.01, .opening) } == .listening)
        // Unmuted after an hour, or back after it was away.
        for condition in [Microphone.Condition.opening, .open] {
            #expect(
                state {
                    ($0.microphone, $0.microphoneSeconds) = (condition, 0.2)
                    ($0.sampleAgeSeconds, $0.captureAgeSeconds, $0.inferenceAgeSeconds) = (3_600, 0.01, 3_600)
                } == .starting)
        }
        #expect(
            state { ($0.sampleAgeSeconds, $0.captureAgeSeconds, $0.microphoneSeconds) = (3_600, 3_600, 3) } == .stalled)
    }

    @Test func `a device is given the time that its periods take`() {
        func age(_ seconds: Double) -> DaemonState {
            state {
                $0.longestPeriodSeconds = 4.7
                ($0.sampleAgeSeconds, $0.captureAgeSeconds) = (seconds, seconds)
                ($0.inferenceAgeSeconds, $0.flowingSeconds) = (seconds, 60)
            }
        }
        #expect(age(4.6) == .listening)
        #expect(age(5.8) == .stalled)
        #expect(
            state { ($0.sampleAgeSeconds, $0.microphoneSeconds, $0.longestPeriodSeconds) = (nil, 4.6, 4.7) }
                == .starting)
    }

    @Test func `digital silence is a fault only of a microphone that gives none between sounds`() {
        #expect(state { ($0.constantSeconds, $0.isSilenceUsual) = (3_600, true) } == .listening)
        #expect(state { ($0.constantSeconds, $0.isSilenceUsual, $0.isBesideSound) = (6, true, true) } == .degraded)
    }

    @Test func `channels that would cancel are named`() {
        var flow = Flow()
        (flow.microphone, flow.inferences, flow.microphoneSeconds) = (.open, 10, 60)
        (flow.sampleAgeSeconds, flow.inferenceAgeSeconds) = (0.01, 0.05)
        #expect(!FlowState(flow, isStopping: false).reason.contains("channel"))
        flow.turnedChannels = 0b10
        #expect(FlowState(flow, isStopping: false).reason.contains("channel 2 is opposite"))
        flow.turnedChannels = 0b1010
        #expect(FlowState(flow, isStopping: false).reason.contains("channels 2, 4 are opposite"))
    }

    @Test
    func `the watchdog is pinged only when frames advanced and the network ran since the last ping, and events go out`()
    {
        var watchdog = Watchdog(interval: .seconds(3))
        func ping(
            frames: UInt64, inferences: UInt64, rounds: Int = 1, isIdle: Bool = false, isHandedOut: Bool = true,
            second: Int64
        ) -> Bool {
            var progress = Watchdog.Progress()
            (progress.frames, progress.inferences, progress.isIdle) = (frames, inferences, isIdle)
            (progress.microphoneRounds, progress.listeningRounds) = (rounds, rounds)
            (progress.publisherRounds, progress.serverRounds) = (Int(second) + 1, isHandedOut ? Int(second) + 1 : 0)
            return watchdog.shouldPing(progress, now: second * 1_000_000_000)
        }
        #expect(!ping(frames: 0, inferences: 0, second: 0))
        #expect(ping(frames: 10, inferences: 1, second: 1))
        #expect(!ping(frames: 20, inferences: 1, second: 3), "no inference")
        #expect(!ping(frames: 10, inferences: 2, second: 3), "no frame")
        #expect(!ping(frames: 20, inferences: 2, isHandedOut: false, second: 3), "no event would go out")
        #expect(ping(frames: 20, inferences: 2, second: 3))
        #expect(!ping(frames: 30, inferences: 3, second: 3), "too soon")
        #expect(
            !ping(frames: 20, inferences: 2, rounds: 9, second: 6), "threads that turn are no progress with a device")
        #expect(ping(frames: 20, inferences: 2, rounds: 9, isIdle: true, second: 6))
        #expect(!ping(frames: 20, inferences: 2, rounds: 9, isIdle: true, second: 9), "nor without, if they stand")
        var unwatched = Watchdog(interval: nil)
        var progress = Watchdog.Progress()
        (progress.frames, progress.inferences, progress.publisherRounds, progress.serverRounds) = (1, 1, 1, 1)
        let pings = unwatched.shouldPing(progress, now: 1)
        #expect(!pings)
    }
}
