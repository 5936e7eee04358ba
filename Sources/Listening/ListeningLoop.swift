import Audio
import Capture
import Glibc
import Realtime
import Spotting
import Synchronization
import Time

/// What the listening thread runs: samples from the microphone, to 16 kHz, through the spotter, detections out.
///
/// Made on one thread, then used by the listening thread alone until `run` has returned; what others may call is marked.
/// Nothing is allocated in `run` once it is warm, but when a new policy, a model or a newly opened microphone is taken over.
final class ListeningLoop: @unchecked Sendable {
    /// What happened, for any thread.
    let counters = FlowCounters()
    /// Where detections and gaps go: the queues, their reader's wakeup. A full queue refuses and counts.
    let detections = Ring<HeardDetection>(capacity: 256)
    let gaps = Ring<HeardGap>(capacity: 64)
    let detected = Wakeup()

    private let microphone: Microphone
    private let history: SampleHistory
    private var models: LiveModels
    private var input: HeardStream?
    private var detectionQueue: Ring<HeardDetection>.Producer
    private var gapQueue: Ring<HeardGap>.Producer
    private var meanSquare: Float = 0
    private var lastSample: Float = 0
    private var silence = DigitalSilence()
    /// When samples last came, and when the last one of the microphone before was recorded, by the clock that goes on while
    /// the machine is suspended.
    private var lastHeardNanoseconds: Int64 = 0
    private var lastRecordedNanoseconds: Int64?

    private let stopRequested = Atomic<Bool>(false)
    private let nextPolicy = Mutex<(policy: DecisionPolicy, model: Int32)?>(nil)
    private let nextTakeover = Mutex<Takeover?>(nil)
    private let nextTest = Mutex<SelfTest?>(nil)
    private var test: SelfTest?

    private var spotter: Spotter { models.active.spotter }

    private static let outputRate = SampleRate.perSecond

    init(microphone: Microphone, models: LiveModels, history: SampleHistory) {
        self.microphone = microphone
        self.history = history
        self.models = models
        detectionQueue = detections.makeProducer()
        gapQueue = gaps.makeProducer()
    }

    /// Asks `run` to end once all samples that were captured are heard. Any thread.
    func requestStop() {
        stopRequested.store(true, ordering: .releasing)
        microphone.wakeup.signal()
    }

    /// Has new thresholds and policies used from the next samples on, if the model of this number is active then. Any
    /// thread.
    func apply(_ policy: DecisionPolicy, toModel number: Int32) {
        nextPolicy.withLock { $0 = (policy, number) }
        microphone.wakeup.signal()
    }

    /// Has another model take over. Any thread.
    func begin(_ takeover: Takeover) {
        nextTakeover.withLock { $0 = takeover }
        microphone.wakeup.signal()
    }

    /// Has a clip heard beside the microphone from the next samples on, instead of another one. Any thread.
    func begin(_ test: SelfTest) {
        nextTest.withLock { $0 = test }
    }

    /// The listening thread's body.
    func run() {
        var isFlowing = false
        while !stopRequested.load(ordering: .acquiring) {
            if isFlowing { sleepThroughHop() }
            let isWoken = microphone.wakeup.wait(timeout: isFlowing ? .milliseconds(200) : .seconds(2))
            counters.countRound()
            takeRequests()
            drain()
            takeStream()
            isFlowing = isWoken && input != nil
            if !isWoken, !isAudioDue { models.exchange() }
        }
        drain()
        models.finish { report($0, by: $1) }
    }

    /// Sleeps until shortly before the next window is complete: to wake for every period would cost more than the
    /// listening itself. The ring holds the samples meanwhile.
    private func sleepThroughHop() {
        let samples = spotter.samplesToWindow - Self.outputRate / 50
        if samples > 0 { MonotonicClock.sleep(nanoseconds: Int64(samples) * 1_000_000_000 / Int64(Self.outputRate)) }
    }

    /// Whether nothing came only because a device with long periods has not given the next one yet.
    private var isAudioDue: Bool {
        guard let input else { return false }
        let age = MonotonicClock.nanosecondsWithSuspend() - lastHeardNanoseconds
        return Duration.nanoseconds(age) < input.longestPeriod + .milliseconds(150)
    }

    private func takeRequests() {
        // Never waits: if another thread is just setting one, the next round finds it.
        if let test = nextTest.withLockIfAvailable({ $0.take() }) ?? nil { self.test = test }
        if let takeover = nextTakeover.withLockIfAvailable({ $0.take() }) ?? nil { models.begin(takeover) }
        if let next = nextPolicy.withLockIfAvailable({ $0.take() }) ?? nil {
            models.apply(next.policy, toModel: next.model)
        }
    }

    /// Goes over to a newly opened microphone, once the one before is heard out.
    private func takeStream() {
        guard let stream = microphone.takeStream() else { return }
        if let input, !input.isNew { lastRecordedNanoseconds = input.nanoseconds(ofSample: spotter.samples) }
        // What is usual for one microphone is not for another.
        if let input, input.device != stream.device { silence = DigitalSilence() }
        input = HeardStream(stream, outputRate: Self.outputRate)
        drain()
    }

    private func drain() {
        guard let input else { return }
        while true {
            let (count, gap) = input.read()
            guard count > 0 else { return }
            if input.isNew {
                begin(input)
            } else if let gap {
                input.skip(gap)
                restart(at: input.position, gap.cause)
            }
            listen(input.converted(count))
        }
    }

    /// The first samples of an opening: what went by since the last ones of the one before is a gap.
    private func begin(_ input: HeardStream) {
        guard let last = lastRecordedNanoseconds else { return input.begin(at: spotter.samples) }
        let missed = max(0, (input.nanoseconds(ofSample: 0) ?? last) - last)
        input.begin(at: spotter.samples + UInt64(missed) * UInt64(Self.outputRate) / 1_000_000_000)
        restart(at: input.position, .reopened)
    }

    /// What was heard before a gap has nothing to do with what comes after it.
    private func restart(at position: UInt64, _ cause: Gap.Cause) {
        let lost = position - min(position, spotter.samples)
        models.skip(lostSamples: lost)
        counters.countGap(lostSamples: lost, isLate: cause == .overrun || cause == .refused)
        let recorded = input?.nanoseconds(ofSample: position) ?? MonotonicClock.nanosecondsWithSuspend()
        _ = gapQueue.push(HeardGap(sample: position, lostSamples: lost, cause: cause, nanoseconds: recorded))
        detected.signal()
    }

    private func listen(_ samples: UnsafeBufferPointer<Float>) {
        updateLevel(samples)
        history.append(samples, at: spotter.samples)
        let spotter = spotter
        let before = (frames: spotter.frames, windows: spotter.windows)
        models.process(samples) { report($0, by: $1) }
        if let test, test.hear(samples.count) {
            self.test = nil
            test.finish()
        }
        counters.samples.advance(to: spotter.samples)
        counters.frames.advance(by: spotter.frames - before.frames)
        counters.inferences.advance(by: spotter.windows - before.windows)
        if spotter.windows > before.windows {
            counters.addProcessing(seconds: spotter.processingSeconds, inferences: spotter.windows - before.windows)
        }
        lastHeardNanoseconds = MonotonicClock.nanosecondsWithSuspend()
    }

    private func report(_ detection: Detection, by model: LiveModel) {
        let decided = MonotonicClock.nanosecondsWithSuspend()
        // The end is an estimate, which a sound after the word can carry past the decision.
        let ended = min(decided, input?.nanoseconds(ofSample: detection.endSample) ?? decided)
        _ = detectionQueue.push(
            HeardDetection(
                detection: detection, model: model.number, endedNanoseconds: ended, decidedNanoseconds: decided))
        detected.signal()
    }

    private func updateLevel(_ samples: UnsafeBufferPointer<Float>) {
        guard !samples.isEmpty else { return }
        var sum: Float = 0
        var isConstant = true
        for sample in samples {
            sum += sample * sample
            isConstant = isConstant && sample == lastSample
            lastSample = sample
        }
        silence.add(samples.count, isConstant: isConstant)
        counters.note(silence)
        // An exponential mean with a time constant of a second.
        let weight = min(Float(samples.count) / Float(Self.outputRate), 1)
        meanSquare += weight * (sum / Float(samples.count) - meanSquare)
        counters.levelDBFS = 10 * log10(Double(max(meanSquare, 1e-12)))
    }
}
