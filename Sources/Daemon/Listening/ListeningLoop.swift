import Audio
import Capture
import Glibc
import Realtime
import Spotting
import Synchronization

/// What the listening thread runs: samples from the ring, to 16 kHz, through the spotter, detections out.
///
/// Made on one thread, then used by the listening thread alone until `run` has returned; what others may call is marked.
/// Nothing is allocated in `run` once it is warm, but when a new policy is taken over.
final class ListeningLoop: @unchecked Sendable {
    /// What happened, for any thread.
    let counters = FlowCounters()
    /// Where detections go: the queue, its reader's wakeup. A full queue refuses and counts.
    let detections: Ring<Detection>
    let detected: Wakeup

    private let wakeup: Wakeup
    private var reader: CaptureReader
    private let inputRate: Int
    private let resampler: Resampler?
    private let spotter: Spotter
    private var queue: Ring<Detection>.Producer
    private let input: UnsafeMutableBufferPointer<Float>
    private let converted: UnsafeMutableBufferPointer<Float>
    /// Samples that came from the device, those lost included, at its rate.
    private var inputPosition: UInt64 = 0
    private var meanSquare: Float = 0

    private let stopRequested = Atomic<Bool>(false)
    private let nextPolicy = Mutex<DecisionPolicy?>(nil)

    private static let outputRate = 16000

    init(capturer: Capturer, model: Model, policy: DecisionPolicy) {
        wakeup = capturer.wakeup
        reader = capturer.makeReader()
        inputRate = capturer.format.rate
        resampler = inputRate == Self.outputRate ? nil : Resampler(from: inputRate, to: Self.outputRate)
        spotter = Spotter(model, policy: policy)
        detections = Ring(capacity: 256)
        queue = detections.makeProducer()
        detected = Wakeup()
        // A period at a time keeps the load even.
        input = .allocate(capacity: inputRate / 100)
        input.initialize(repeating: 0)
        converted = .allocate(capacity: resampler?.capacity(for: input.count) ?? 0)
        converted.initialize(repeating: 0)
    }

    deinit {
        input.deallocate()
        converted.deallocate()
    }

    /// Asks `run` to end once all samples that were captured are heard. Any thread.
    func requestStop() {
        stopRequested.store(true, ordering: .releasing)
        wakeup.signal()
    }

    /// Has new thresholds and policies used from the next samples on. Any thread.
    func apply(_ policy: DecisionPolicy) {
        nextPolicy.withLock { $0 = policy }
        wakeup.signal()
    }

    /// The listening thread's body.
    func run() {
        while !stopRequested.load(ordering: .acquiring) {
            sleepThroughHop()
            _ = wakeup.wait(timeout: .milliseconds(200))
            takePolicy()
            drain()
        }
        drain()
        finish()
    }

    /// Sleeps until shortly before the next window is complete: to wake for every period would cost more than the
    /// listening itself. The ring holds the samples meanwhile.
    private func sleepThroughHop() {
        let samples = spotter.samplesToWindow - Self.outputRate / 50
        if samples > 0 { MonotonicClock.sleep(nanoseconds: Int64(samples) * 1_000_000_000 / Int64(Self.outputRate)) }
    }

    private func takePolicy() {
        // Never waits: if another thread is just setting it, the next round finds it.
        if let policy = nextPolicy.withLockIfAvailable({ $0.take() }) ?? nil { spotter.apply(policy) }
    }

    private func drain() {
        while true {
            let (count, gap) = reader.read(into: input)
            if let gap { skip(gap) }
            guard count > 0 else { return }
            inputPosition += UInt64(count)
            let samples = UnsafeBufferPointer(rebasing: input[..<count])
            guard let resampler else {
                listen(samples)
                continue
            }
            let written = resampler.process(samples, into: converted)
            listen(UnsafeBufferPointer(rebasing: converted[..<written]))
        }
    }

    /// What was heard before a gap has nothing to do with what comes after it.
    private func skip(_ gap: Gap) {
        inputPosition += UInt64(gap.lostSamples)
        resampler?.reset()
        let position = inputPosition * UInt64(Self.outputRate) / UInt64(inputRate)
        spotter.skip(lostSamples: position - min(position, spotter.samples))
    }

    private func listen(_ samples: UnsafeBufferPointer<Float>) {
        updateLevel(samples)
        let windows = spotter.windows
        spotter.process(samples) { detection in
            var detection = detection
            // Samples that already wait were heard too late: the word is that much older.
            let waiting = UInt64(reader.available()) * UInt64(Self.outputRate) / UInt64(inputRate)
            detection.decisionSample += waiting
            _ = queue.push(detection)
            detected.signal()
        }
        counters.samples.advance(to: spotter.samples)
        counters.frames.advance(to: spotter.frames)
        counters.inferences.advance(to: spotter.windows)
        if spotter.windows > windows {
            counters.addProcessing(seconds: spotter.processingSeconds, inferences: spotter.windows - windows)
        }
    }

    /// A word that was spoken to the end has its event, though the decision waits a few hops for its peak.
    private func finish() {
        input.update(repeating: 0)
        let silence = UnsafeBufferPointer(rebasing: input[..<min(input.count, 160)])
        for _ in 0..<40 {
            spotter.process(silence) { detection in
                _ = queue.push(detection)
                detected.signal()
            }
        }
    }

    private func updateLevel(_ samples: UnsafeBufferPointer<Float>) {
        guard !samples.isEmpty else { return }
        var sum: Float = 0
        for sample in samples { sum += sample * sample }
        // An exponential mean with a time constant of a second.
        let weight = min(Float(samples.count) / Float(Self.outputRate), 1)
        meanSquare += weight * (sum / Float(samples.count) - meanSquare)
        counters.levelDBFS = 10 * log10(Double(max(meanSquare, 1e-12)))
    }
}
