import Glibc
import Realtime
import Streams
import Synchronization
import Time

/// What the capture thread runs: read up to the end of a hop, make it mono, put it into the ring, wake the reader.
///
/// Owns the device, which is closed when the loop is let go. Nothing in `run` allocates, locks, logs, throws or
/// awaits once it has entered its `while`; `Tests/CaptureTests` counts.
final class CaptureLoop: @unchecked Sendable {
    /// The longest the thread sleeps before it looks whether it shall stop.
    static let waitMilliseconds: Int32 = 100

    let wakeup: Wakeup
    let samples: SampleRing
    // 64 marks: each is a loss of at least a period, and a reader that is so far behind loses samples anyway.
    let gaps = Ring<Gap>(capacity: 64)
    let anchors = Ring<Anchor>(capacity: 64)
    let counters = CaptureCounters()

    private let device: CaptureDevice
    private let converter: SampleConverter
    private let raw: UnsafeMutableRawPointer
    private let mono: UnsafeMutableBufferPointer<Float>
    private let isToStop = Atomic<Bool>(false)
    private let endCode = Atomic<Int32>(0)
    private let ended: Wakeup?

    /// - Parameters:
    ///   - wakeup: signalled for every hop, counted from the start and from every gap, and at the end.
    ///   - ended: signalled at the end.
    init(
        device: consuming CaptureDevice, channel: ChannelPolicy, ringDuration: Duration, wakeup: Wakeup, ended: Wakeup?
    ) {
        self.wakeup = wakeup
        self.ended = ended
        let format = device.format
        let ringSeconds = Double(ringDuration.nanoseconds) * 1e-9
        // All that the device gives a thread that comes late fits into it at once, however long its periods are.
        samples = SampleRing(
            capacity: max(Int(ringSeconds * Double(format.rate)), format.bufferSamples + format.hopSamples))
        converter = SampleConverter(
            format: format.sampleFormat, channels: format.channels, channel: channel, rate: format.rate,
            capacity: format.hopSamples)
        raw = .allocate(
            byteCount: format.hopSamples * format.channels * format.sampleFormat.bytes, alignment: 64)
        mono = .allocate(capacity: format.hopSamples)
        self.device = device
    }

    deinit {
        raw.deallocate()
        mono.deallocate()
    }

    /// Why the loop ended; nil while it runs. Any thread.
    var end: CaptureEnd? { CaptureEnd(code: endCode.load(ordering: .acquiring)) }

    /// Tells the loop to end. Any thread.
    func requestStop() { isToStop.store(true, ordering: .relaxed) }

    /// Starts the device; before `run`, so that a refusal can be thrown.
    func startDevice() throws(CaptureError) { try device.start() }

    /// Runs until told to stop or until the device is of no more use. Capture thread, once.
    func run() {
        let format = device.format
        var writer = SampleWriter(samples: samples, gaps: gaps)
        var anchorWriter = anchors.makeProducer()
        var recovery = Recovery()
        // One clock for all that is measured, which goes on while the machine is suspended.
        let began = MonotonicClock.nanosecondsWithSuspend()
        var clock = DeviceClock(format: format, now: began)
        var pacer = Pacer(format: format, now: began)
        var estimator = LossEstimator(format: format, now: began)
        var mended: Gap.Cause?
        var read = 0
        var position = 0
        /// Samples since the last hop was complete.
        var inHop = 0
        // A device must not be full before it is read.
        let most = max(format.periodSamples, format.bufferSamples / 2)
        var end = CaptureEnd.stopped

        while !isToStop.load(ordering: .relaxed) {
            let count = min(format.hopSamples - inHop, most)
            if pacer.isFreeRunning, device.backlog() < count { pacer.waited() }
            let ready = device.wait(for: count, timeoutMilliseconds: Self.waitMilliseconds)
            if ready == 0 {
                counters.countIdleWait()
                continue
            }
            // After a failed wait too: the read tells what is wrong, and there may be samples left.
            var result = device.read(into: raw, count: count)
            if ready < 0, result == 0 || result == -Int(EAGAIN) { result = Int(ready) }
            guard result > 0 else {
                // A PCM that says it is ready and has nothing would otherwise spin.
                if result == 0 || result == -Int(EAGAIN) { MonotonicClock.sleep(nanoseconds: 1_000_000) }
                switch recovery.handle(Int32(result), of: device, counters: counters) {
                case .again: continue
                case .mended(let cause):
                    mended = mended ?? cause
                    continue
                case .end(let reason): end = reason
                }
                break
            }

            recovery.samplesArrived()
            counters.countRead(samples: result)
            let now = MonotonicClock.nanosecondsWithSuspend()
            // What has no clock has recorded nothing that waits.
            let backlog = pacer.isFreeRunning ? 0 : device.backlog()
            let isStall = estimator.isStall(whenReading: result, backlog: backlog, clock: clock, now: now)
            if let cause = mended ?? (isStall ? .stalled : nil) {
                let lost = estimator.lost(whenReading: result, backlog: backlog, clock: clock, now: now)
                writer.lose(lost, cause)
                position += lost
                clock.breakLine()
                mended = nil
                // Windows begin anew after it.
                inHop = 0
            }
            estimator.note(backlog: backlog, now: now)
            read += result
            if !pacer.isFreeRunning { clock.note(recorded: read + backlog, now: now) }
            position += result
            converter.convert(raw, count: result, into: mono)
            // Before the samples, so that who sees them can tell when they were recorded.
            let backlogNanoseconds = Int64(clock.nanoseconds(ofSamples: Double(backlog)))
            // A reader that is so late that they find no room is served by the last one that did.
            _ = anchorWriter.push(
                Anchor(
                    position: position, nanoseconds: now - backlogNanoseconds,
                    nanosecondsPerSample: clock.nanoseconds(ofSamples: 1)))
            writer.write(UnsafeBufferPointer(rebasing: mono[..<result]))
            counters.note(gaps: writer.markedGaps, lostSamples: writer.lostSamples)
            counters.note(
                delayNanoseconds: backlogNanoseconds, ringMillionths: samples.waiting * 1_000_000 / samples.capacity)
            counters.note(
                partsPerMillion: pacer.isFreeRunning ? nil : clock.partsPerMillion,
                turnedChannels: converter.turnedChannels, isBesideSound: converter.isBesideSound)
            inHop += result
            if inHop >= format.hopSamples {
                inHop = 0
                wakeup.signal()
            }
            pause(pacer.pause(afterReading: result, now: MonotonicClock.nanosecondsWithSuspend()))
        }
        endCode.store(end.code, ordering: .releasing)
        // The reader shall not wait for samples that will not come.
        wakeup.signal()
        ended?.signal()
    }

    /// Sleeps in pieces, so that a stop is heard in time.
    private func pause(_ nanoseconds: Int64) {
        var left = nanoseconds
        while left > 0, !isToStop.load(ordering: .relaxed) {
            MonotonicClock.sleep(nanoseconds: min(left, Int64(Self.waitMilliseconds) * 1_000_000))
            left -= Int64(Self.waitMilliseconds) * 1_000_000
        }
    }
}
