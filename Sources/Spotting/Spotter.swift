import Features
import Inference
import Models
import Time

/// The whole pipeline over one stream of samples: features, network, posteriors, decision, and where the model has one, the
/// second look at what is to be decided.
///
/// The stream begins in silence: a word may come with its first sample. One thread; no allocation after `init`.
public final class Spotter {
    private let workbench: Workbench
    private let description: ModelDescription
    private let features: MFCC
    private let stream: NetworkStream
    private var decision: Decision
    private var locator: WordLocator
    private var posteriors: Posteriors
    private let secondLook: SecondLook?
    /// Frames that wait for their hop to be complete, to be computed together: `[hopFrames][coefficients]`.
    private let waiting: UnsafeMutablePointer<Float>
    private var waitingFrames = 0

    public var model: Model { workbench.model }

    /// Samples heard, those lost included.
    public private(set) var samples: UInt64 = 0
    /// Feature frames computed.
    public private(set) var frames: UInt64 = 0
    /// Windows that went through the network.
    public private(set) var windows: UInt64 = 0
    /// How often the second network was asked.
    public var secondLooks: UInt64 { secondLook?.count ?? 0 }
    /// What features, networks and decision took for the last hop, in seconds.
    public private(set) var processingSeconds = 0.0

    /// A window as measurements see it that run the decision again under other policies.
    package struct ObservedWindow {
        /// Of each of the network's words; valid during the call.
        package let posteriors: UnsafeBufferPointer<Float>
        /// Of each word that was taught, in log-odds; valid during the call.
        package let taughtScores: UnsafeBufferPointer<Float>
        package let end: UInt64
        /// How far before its end the attention lies, in samples.
        package let attention: Int
        /// The end of the word that its attention is on.
        package let wordEnd: UInt64
        /// The word that leads and that the second network may be asked about; nil if there is none.
        package let candidate: Int?
        /// Asks the second network about a label: its score in log-odds, over as many windows as the decision goes over. Valid
        /// during the call.
        package let look: (_ label: Int) -> Float

        /// What the second network says of the word that leads; nil if it would not be asked about it.
        package var second: Float? { candidate.map(look) }

        /// Of a label, in log-odds, in this window alone.
        package func score(of label: Int) -> Float {
            guard label < posteriors.count else { return taughtScores[label - posteriors.count] }
            var others: Float = 0
            for other in posteriors.indices where other != label { others += posteriors[other] }
            return LogOdds.of(posteriors[label], against: others)
        }
    }

    /// Gets each window. Nil in the daemon: what it does may allocate.
    package var observeWindow: ((ObservedWindow) -> Void)?

    /// Whether `process` also gives words that are no events, with the reason as their outcome.
    public var reportsAsides = false

    private var hopSeconds = 0.0
    private var frameCount: UInt64 = 0
    private var streamStart: UInt64 = 0

    /// For a stream that has a thread to itself.
    public convenience init(_ model: Model, policy: DecisionPolicy, path: ComputePath = .best) {
        self.init(on: Workbench(model, path: path), policy: policy)
    }

    /// - Parameter workbench: of the model that is to be used, and the thread that hears.
    public init(on workbench: Workbench, policy: DecisionPolicy) {
        self.workbench = workbench
        let model = workbench.model
        description = model.description
        precondition(policy.fits(model), "the policy is another model's")
        features = MFCC(workbench.transform)
        stream = NetworkStream(on: workbench.batch)
        decision = Decision(policy, taught: description.taught.count)
        locator = WordLocator(frames: description.window.frames)
        posteriors = Posteriors(description)
        let coefficients = description.frontEnd.coefficients
        waiting = .allocate(capacity: description.window.hopFrames * coefficients)
        waiting.initialize(repeating: 0, count: description.window.hopFrames * coefficients)
        secondLook = workbench.second.map {
            SecondLook(
                $0, silence: workbench.silence, windows: policy.smoothingHops, corrections: workbench.corrections)
        }
        restart()
    }

    deinit { waiting.deallocate() }

    /// Takes the next samples, and calls `body` for each keyword that they complete; see also `reportsAsides`.
    ///
    /// - Parameter samples: mono, 16,000 a second, -1 to 1, any number of them.
    public func process(_ samples: UnsafeBufferPointer<Float>, _ body: (Detection) -> Void) {
        var rest = samples
        while completesHop(&rest) {
            let started = MonotonicClock.seconds()
            addHop()
            workbench.batch.run(count: description.window.hopFrames) { _, logits in
                decide(logits, seconds: MonotonicClock.seconds() - started, body)
            }
        }
        count(samples)
    }

    /// Takes samples from `rest` as far as the next hop needs them, and tells whether it is complete.
    func completesHop(_ rest: inout UnsafeBufferPointer<Float>) -> Bool {
        guard !rest.isEmpty else { return false }
        let started = MonotonicClock.seconds()
        let needed = min(rest.count, samplesToWindow)
        features.process(UnsafeBufferPointer(rebasing: rest[..<needed])) { coefficients, meanSquare in
            locator.append(meanSquare: meanSquare)
            frames += 1
            frameCount += 1
            let count = description.frontEnd.coefficients
            (waiting + waitingFrames * count).update(from: coefficients, count: count)
            waitingFrames += 1
        }
        rest = UnsafeBufferPointer(rebasing: rest[needed...])
        hopSeconds += MonotonicClock.seconds() - started
        return waitingFrames == description.window.hopFrames
    }

    /// Has the network compute the hop that is complete, with those of other streams.
    func addHop() {
        secondLook?.append(waiting, count: waitingFrames)
        waitingFrames = 0
        workbench.batch.add(stream, waiting)
    }

    /// Takes what the network says of the window that the hop completed.
    ///
    /// - Parameter seconds: what it took.
    func decide(_ logits: UnsafeBufferPointer<Float>, seconds: Double, _ body: (Detection) -> Void) {
        let started = MonotonicClock.seconds()
        windows += 1
        posteriors.update(logits)
        let windowEnd = streamStart + frameCount * UInt64(description.frontEnd.shiftSamples)
        let smoothing = decision.policy.smoothing
        let attention = attentionDistance()
        let taughtScores = workbench.heads?.score(stream.embedding) ?? UnsafeBufferPointer(start: nil, count: 0)
        let event = decision.process(
            posteriors.values, taught: taughtScores, sample: windowEnd, attention: attention
        ) { word in
            second(of: word, smoothing)
        }
        processingSeconds = hopSeconds + seconds + MonotonicClock.seconds() - started
        hopSeconds = 0
        observeWindow?(
            ObservedWindow(
                posteriors: posteriors.values, taughtScores: taughtScores, end: windowEnd, attention: attention,
                wordEnd: wordPlace(windowEnd: windowEnd).end, candidate: decision.candidate
            ) { self.second(of: $0, smoothing) })
        if let event = event ?? (reportsAsides ? decision.aside : nil) {
            body(detection(event, windowEnd: windowEnd))
        }
    }

    /// Counts samples that were heard.
    func count(_ samples: UnsafeBufferPointer<Float>) { self.samples += UInt64(samples.count) }

    /// Hears a second of silence after the last samples: in it a word at their very end is decided on.
    public func finish(_ body: (Detection) -> Void) {
        let silence = [Float](repeating: 0, count: SampleRate.perSecond)
        silence.withUnsafeBufferPointer { process($0, body) }
    }

    /// Hears a whole recording, and a second of silence after it, as a stream of its own.
    public func detections(in recording: [Float]) -> [Detection] {
        var detections: [Detection] = []
        begin()
        recording.withUnsafeBufferPointer { process($0) { detections.append($0) } }
        finish { detections.append($0) }
        return detections
    }

    /// How many more samples complete the next window: before they are there, nothing can be decided.
    public var samplesToWindow: Int {
        features.samplesToFrame
            + (description.window.hopFrames - waitingFrames - 1) * description.frontEnd.shiftSamples
    }

    /// Uses other thresholds and policies from the next window on. What was heard so far is kept.
    public func apply(_ policy: DecisionPolicy) {
        precondition(policy.fits(model), "the policy is another model's")
        secondLook?.keep(windows: policy.smoothingHops)
        decision.apply(policy)
    }

    /// Begins to hear the stream that another spotter hears, where it is now, as if silence had come before.
    public func join(_ other: Spotter) { skip(lostSamples: other.samples - samples) }

    /// Takes over from a spotter of the same stream: a word that it just emitted is not emitted again, and opens those that
    /// count only after it.
    ///
    /// - Parameter places: for each label of this model, its place among those of the other; nil if it is none of them.
    public func inherit(from other: Spotter, places: [Int?]) {
        decision.inherit(from: other.decision, places: places)
    }

    /// Goes on after a gap: the lost samples are counted, and the stream begins anew in silence, so that what was heard
    /// before the gap and after it never makes a word together.
    public func skip(lostSamples: UInt64) {
        samples += lostSamples
        restart()
    }

    /// Begins to hear another stream, from its first sample on: nothing is left of the one before, not even when words were
    /// last heard.
    ///
    /// - Parameter policy: what it decides by; nil as before.
    public func begin(_ policy: DecisionPolicy? = nil) {
        samples = 0
        frames = 0
        windows = 0
        (hopSeconds, processingSeconds) = (0, 0)
        decision.forget()
        if let policy { apply(policy) }
        restart()
    }

    private func restart() {
        features.reset()
        // As if silence had come before: all frames of the first window but those of its last hop.
        stream.restore(workbench.beginning)
        locator.reset()
        decision.restart()
        secondLook?.reset()
        streamStart = samples
        frameCount = 0
        waitingFrames = 0
        // A frame is longer than its shift. With so much silence before, windows end at whole hops of the stream: who brings
        // a hop at a time hears at once what it decides.
        workbench.leadIn.withUnsafeBufferPointer { features.process($0) { _, _ in } }
    }

    /// The second network's score of a word, over the same hops as the first one's.
    private func second(of word: Int, _ smoothing: Smoothing) -> Float {
        guard let secondLook else { preconditionFailure("the policy asks a second network, and there is none") }
        return secondLook.score(of: word, smoothing)
    }

    private func detection(_ event: Decision.Event, windowEnd: UInt64) -> Detection {
        let place = wordPlace(windowEnd: windowEnd)
        return Detection(
            outcome: event.outcome, word: Int32(event.word), score: event.score, thresholdScore: event.threshold,
            looks: event.looks, startSample: place.start, endSample: place.end, decisionSample: windowEnd,
            levelDBFS: place.levelDB, processingSeconds: Float(processingSeconds))
    }

    /// Where the word that the latest window's attention is on begins and ends, and its level.
    private func wordPlace(windowEnd: UInt64) -> (start: UInt64, end: UInt64, levelDB: Float) {
        let frontEnd = description.frontEnd
        let place = locator.locate(centre: attentionCentre(), reach: 40)
        // Frames of the window are counted back from its end; the silence before the stream has no samples.
        func sample(ofFrame frame: Int, offset: Int) -> UInt64 {
            let back = (description.window.frames - 1 - frame) * frontEnd.shiftSamples + frontEnd.frameSamples - offset
            return back > 0 && UInt64(back) > windowEnd - streamStart ? streamStart : windowEnd - UInt64(max(back, 0))
        }
        return (
            sample(ofFrame: place.first, offset: 0), sample(ofFrame: place.last, offset: frontEnd.frameSamples),
            place.levelDB
        )
    }

    /// The frame of the window that the network's attention centres on.
    private func attentionCentre() -> Int {
        let receptive = description.window.frames - (description.windowSteps - 1) * description.stepFrames
        return Int(attentionStep()) * description.stepFrames + receptive / 2
    }

    /// How far before the window's last step the attention centres, in samples.
    private func attentionDistance() -> Int {
        let steps = Float(description.windowSteps - 1) - attentionStep()
        return Int(steps * Float(description.stepFrames * description.frontEnd.shiftSamples))
    }

    /// The step that the network's attention centres on, counted from the window's first.
    private func attentionStep() -> Float {
        var centre: Float = 0
        for (step, weight) in stream.attention.enumerated() { centre += weight * Float(step) }
        return centre
    }
}

extension DecisionPolicy {
    /// Whether it has a rule for each label of a model, and asks no second network that the model does not have.
    fileprivate func fits(_ model: Model) -> Bool {
        words.count == model.description.labels.count && (model.second != nil || words.allSatisfy { $0.second == nil })
    }
}
