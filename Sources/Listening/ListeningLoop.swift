import Capture
import Hearing
import Realtime
import Spotting
import Streams
import Synchronization
import Time

/// What the listening thread runs: samples from the microphone to an ear, words and gaps out.
///
/// Made on one thread, then used by the listening thread alone until `run` has returned; what others may call is marked.
/// Nothing is allocated in `run` once it is warm, but when a new policy, a model or a newly opened microphone is taken over.
final class ListeningLoop: @unchecked Sendable {
    /// What hears; its counters and its history are for any thread.
    let ear: Ear
    /// Where detections and gaps go: the queues, their reader's wakeup. A full queue refuses and counts.
    let detections = Ring<HeardDetection>(capacity: 256)
    let gaps = Ring<HeardGap>(capacity: 64)
    let detected = Wakeup()

    private let microphone: Microphone
    private var models: LiveModels
    private var input: SampleStream?
    private var detectionQueue: Ring<HeardDetection>.Producer
    private var gapQueue: Ring<HeardGap>.Producer
    /// When samples last came, and when the last one of the microphone before was recorded, by the clock that goes on while
    /// the machine is suspended.
    private var lastHeardNanoseconds: Int64 = 0
    private var lastRecordedNanoseconds: Int64?

    private var searchedWindows: UInt64 = 0

    private let stopRequested = Atomic<Bool>(false)
    private let nextPolicy = Mutex<(policy: DecisionPolicy, model: Int32)?>(nil)
    private let nextTakeover = Mutex<Takeover?>(nil)
    private let nextTest = Mutex<SelfTest?>(nil)
    private var test: SelfTest?

    init(microphone: Microphone, models: LiveModels, history: SampleHistory) {
        self.microphone = microphone
        self.models = models
        ear = Ear(models.active.spotter, history: history)
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
        var (isFlowing, isSearching) = (false, false)
        while !stopRequested.load(ordering: .acquiring) {
            let isWoken = microphone.wakeup.wait(timeout: isFlowing ? .milliseconds(200) : .seconds(2))
            ear.counters.countRound()
            takeRequests()
            drain()
            takeStream()
            isFlowing = isWoken && input != nil
            let windows = ear.counters.inferences.total
            if isSearching != (windows > searchedWindows) {
                isSearching.toggle()
                microphone.changed.signal()
            }
            searchedWindows = windows
            if !isWoken, !isAudioDue { models.exchange(in: ear) }
        }
        drain()
        models.finish { report($0, by: $1) }
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
        if let input, !input.isNew { lastRecordedNanoseconds = input.nanoseconds(ofSample: ear.spotter.samples) }
        if let input, input.name != stream.name { ear.changeSource() }
        input = stream
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
                restart(at: input.position, gap.cause)
            }
            listen(input.heard(count))
        }
    }

    /// The first samples of an opening: what went by since the last ones of the one before is a gap.
    private func begin(_ input: SampleStream) {
        guard let last = lastRecordedNanoseconds else { return input.begin(at: ear.spotter.samples) }
        let missed = max(0, (input.nanoseconds(ofSample: 0) ?? last) - last)
        input.begin(at: ear.spotter.samples + UInt64(missed) * UInt64(SampleRate.perSecond) / 1_000_000_000)
        restart(at: input.position, .reopened)
    }

    /// What was heard before a gap has nothing to do with what comes after it.
    private func restart(at position: UInt64, _ cause: Gap.Cause) {
        let lost = position - min(position, ear.spotter.samples)
        ear.skip(lostSamples: lost, isLate: cause == .overrun || cause == .refused)
        models.skip(lostSamples: lost)
        let recorded = input?.nanoseconds(ofSample: position) ?? MonotonicClock.nanosecondsWithSuspend()
        _ = gapQueue.push(HeardGap(sample: position, lostSamples: lost, cause: cause, nanoseconds: recorded))
        detected.signal()
    }

    private func listen(_ samples: UnsafeBufferPointer<Float>) {
        models.hear(samples, by: ear) { report($0, by: $1) }
        if let test, test.hear(samples.count) {
            self.test = nil
            test.finish()
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
}
