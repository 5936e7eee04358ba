import Capture
import FakeDevice
import Glibc
import Streams
import Testing

struct RecoveryTests {
    /// A running capturer of a microphone that tells positions, with half a second behind it.
    private func startedCapture() throws -> (FakeDevice, Capturer) {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(160_000))
        let capturer = try Capturer(device: device.name)
        try capturer.start()
        try #require(eventually { capturer.counts.periods >= 20 })
        return (device, capturer)
    }

    @Test(arguments: [(FakeDevice.Command.xrun, Gap.Cause.overrun), (.suspend, .suspended)])
    func `a break is mended, counted, and marked where it is`(command: FakeDevice.Command, cause: Gap.Cause) throws {
        let (device, capturer) = try startedCapture()
        let stream = capturer.makeStream()
        var recording = Recording()
        device.tell(command)
        #expect(recording.read(stream, of: capturer) { !$0.gaps.isEmpty && $0.samples.count >= 16_000 })
        #expect(capturer.stop())
        try #require(recording.gaps.count == 1)
        let gap = recording.gaps[0]
        #expect(gap.cause == cause)
        #expect(capturer.counts.overruns == (cause == .overrun ? 1 : 0))
        #expect(capturer.counts.suspensions == (cause == .suspended ? 1 : 0))
        #expect(capturer.counts.lastErrno == (cause == .overrun ? EPIPE : ESTRPIPE))
        #expect(capturer.counts.gaps == 1 && capturer.counts.lostSamples == gap.lostSamples)
        // Up to the mark nothing is missing; after it everything is later by what was really lost.
        let next = recording.samples[gap.position]
        let lost = try #require((0..<16_000).first { Ramp.float(at: gap.position + $0) == next })
        for (position, sample) in recording.samples.enumerated() {
            let recorded = position < gap.position ? position : position + lost
            guard sample != Ramp.float(at: recorded) else { continue }
            Issue.record("sample \(position) of the gap at \(gap.position)")
            break
        }
        // The estimate is by the clock: good to a few periods on a busy machine.
        #expect(abs(gap.lostSamples - lost) <= 800, "estimated \(gap.lostSamples), truly \(lost)")
    }

    @Test func `a microphone that is pulled out ends the capture, and is missing until it is back`() throws {
        let (device, capturer) = try startedCapture()
        device.tell(.vanish)
        #expect(eventually { capturer.end != nil })
        #expect(capturer.end == .disconnected && capturer.counts.lastErrno == ENODEV)
        #expect(capturer.wakeup.wait(timeout: .seconds(10)), "the reader is told")
        #expect(capturer.stop())
        let error = #expect(throws: CaptureError.self) { _ = try Capturer(device: device.name) }
        guard case .notFound(device.name, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        device.tell(.comeBack)
        let again = try Capturer(device: device.name)
        try again.start()
        #expect(eventually { again.counts.periods > 0 })
    }

    @Test func `a failing microphone ends the capture with its errno`() throws {
        let (device, capturer) = try startedCapture()
        device.tell(.error)
        #expect(eventually { capturer.end != nil })
        #expect(capturer.end == .failed(errno: EIO) && capturer.counts.lastErrno == EIO)
    }

    @Test func `a PCM that claims to be mended for ever is given up as lost, and without a busy loop`() throws {
        let (device, capturer) = try startedCapture()
        let before = clock()
        let start = ContinuousClock.now
        device.tell(.lie)
        #expect(eventually { capturer.end != nil })
        #expect(capturer.end == .unrecoverable)
        #expect(ContinuousClock.now - start >= .milliseconds(400), "fifty attempts, 10 ms apart")
        #expect(capturer.counts.overruns == 1, "one event, however many attempts")
        #expect(clock() - before < 5 * CLOCKS_PER_SEC)
    }

    @Test func `a hanging microphone is seen by its waits, can be stopped, and leaves a mark when it goes on`() throws {
        let (device, capturer) = try startedCapture()
        let stream = capturer.makeStream()
        var recording = Recording()
        device.tell(.hang)
        // Seven waits of 100 ms: longer than the buffer.
        #expect(eventually { capturer.counts.idleWaits >= 7 })
        #expect(capturer.end == nil)
        device.tell(.comeBack)
        #expect(recording.read(stream, of: capturer) { !$0.gaps.isEmpty })
        #expect(recording.gaps.map(\.cause) == [.stalled])
        // Its clock stood, so nothing is missing.
        #expect(recording.samples == recording.samples.indices.map(Ramp.float(at:)))
        device.tell(.hang)
        let waits = capturer.counts.idleWaits
        #expect(eventually { capturer.counts.idleWaits > waits })
        #expect(capturer.stop())
    }

    @Test func `a process that was held for a second overruns truly, and goes on`() throws {
        let device = FakeDevices.shared.microphone(playing: Ramp.bytes(160_000))
        var probe = try Child("capture-probe", [device.name, "300"])
        #expect(probe.line(holding: "started") != nil)
        usleep(300_000)
        let beforeStop = ContinuousClock.now
        kill(probe.pid, SIGSTOP)
        let start = ContinuousClock.now
        usleep(1_000_000)
        let held = ContinuousClock.now - start
        kill(probe.pid, SIGCONT)
        let told = probe.line(holding: "gap")
        let line = try #require(told)
        let atMost = ContinuousClock.now - beforeStop
        kill(probe.pid, SIGTERM)
        let (status, output) = probe.wait()
        #expect(status == 0, "\(output)")
        #expect(output.contains("overruns: 1,") && output.contains("gaps: 1,"), "\(output)")
        #expect(output.contains("cause: Streams.Gap.Cause.overrun"), "\(output)")
        // What was lost is what the microphone recorded between the last read before and the first one after.
        let digits = try #require(line.firstRange(of: "lostSamples: ")).upperBound
        let lost = try #require(Double(line[digits...].prefix { $0.isNumber }))
        #expect(lost / 16_000 > held / .seconds(1) - 0.05 && lost / 16_000 < atMost / .seconds(1) + 0.05, "\(output)")
    }
}
