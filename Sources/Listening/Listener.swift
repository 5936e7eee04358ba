import Capture
import Hearing
import Models
import Realtime
import Spotting
import Streams
import Synchronization
import Time

/// The microphone and the listening thread behind it.
package final class Listener: Sendable {
    package let microphone: Microphone
    /// The last seconds of what was heard.
    package var history: SampleHistory { loop.ear.history }
    private let models: ModelRegister
    private let loop: ListeningLoop
    private let thread = Mutex<RealtimeThread?>(nil)

    /// Allocates everything; nothing is opened yet.
    package init(
        source: Microphone.Source, keepSeconds: Int, model: Model, policy: DecisionPolicy,
        shadow: (model: Model, policy: DecisionPolicy)?
    ) {
        microphone = Microphone(source)
        models = ModelRegister(model, policy: policy, shadow: shadow)
        loop = ListeningLoop(
            microphone: microphone, models: LiveModels(active: models.active.live, shadow: models.shadow),
            history: SampleHistory(capacity: keepSeconds * SampleRate.perSecond))
    }

    package var counters: FlowCounters { loop.ear.counters }

    /// Detections and gaps, and who is to be woken by one.
    package var detections: Ring<HeardDetection> { loop.detections }
    package var gaps: Ring<HeardGap> { loop.gaps }
    package var detected: Wakeup { loop.detected }
    /// Signalled when the microphone's condition changes, and when its audio is searched again or no more: for who watches over
    /// all of it.
    package var changed: AsyncWakeup { microphone.changed }

    /// Starts the threads, the reading one first.
    package func start() throws(RealtimeThread.CreationError) {
        let loop = loop
        let listening = try RealtimeThread(name: "listening") { loop.run() }
        thread.withLock { $0 = listening }
        try microphone.start()
    }

    /// Has a clip heard beside the microphone.
    package func begin(_ test: SelfTest) { loop.begin(test) }

    /// Closes the microphone, hears what was captured, and ends both threads.
    package func stop() {
        microphone.stop()
        loop.requestStop()
        // Two seconds of audio, the most that can wait, are heard in a few milliseconds.
        _ = thread.withLock { $0 }?.join(timeout: .milliseconds(300))
    }
}

// Models, and how another one takes the place of the active one.
extension Listener {
    /// The model whose words are events, and what it decides by.
    package var active: ActiveModel { models.active }
    /// The model that hears beside it and never fires.
    package var shadow: LiveModel? { models.shadow }
    /// How often another model took over.
    package var activations: Int { models.activations }
    /// How often what is listened for, or when it counts, may have changed.
    package var changes: Int { models.changes }

    /// What the model of a detection says of itself; nil if that model is long gone.
    package func description(ofModel number: Int32) -> ModelDescription? { models.description(ofModel: number) }

    /// Has other thresholds and policies used by the active model, without a gap.
    ///
    /// - Parameter policy: what a model of that description is to decide by; if it throws, nothing changes.
    package func apply<Failure: Error>(
        _ policy: (ModelDescription) throws(Failure) -> DecisionPolicy
    ) throws(Failure) {
        try models.apply(policy, hand: loop.apply)
    }

    /// Has another model hear beside the active one, to take over from it. To be followed by `finish`; one at a time.
    package func begin(_ model: Model, policy: DecisionPolicy) -> Takeover {
        let takeover = models.begin(model, policy: policy)
        loop.begin(takeover)
        return takeover
    }

    /// Makes the model that took over the active one for everybody.
    ///
    /// - Parameter policy: as it is configured by now.
    package func finish(_ takeover: Takeover, policy: DecisionPolicy) {
        models.finish(takeover, policy: policy, hand: loop.apply)
    }
}
