import Capture
import Inference
import Realtime
import Spotting
import Synchronization

/// The microphone and the listening thread behind it.
final class Listener: Sendable {
    let microphone: Microphone
    /// The last seconds of what was heard.
    let history: SampleHistory
    /// The model that hears beside the active one and never fires.
    let shadow: LiveModel?
    private let loop: ListeningLoop
    private let thread = Mutex<RealtimeThread?>(nil)

    private struct Models {
        var active: LiveModel
        var policy: DecisionPolicy
        /// The one before is kept until the next is activated: the listening thread shall not have to free it.
        var previous: LiveModel?
        var takeover: Takeover?
        var activations = 0
        var lastNumber: Int32
    }

    private let models: Mutex<Models>

    /// Allocates everything; nothing is opened yet.
    init(
        source: Microphone.Source, keepSeconds: Int, model: Model, policy: DecisionPolicy,
        shadow: (model: Model, policy: DecisionPolicy)?
    ) {
        microphone = Microphone(source)
        history = SampleHistory(capacity: keepSeconds * 16000)
        let active = LiveModel(number: 0, model, policy: policy)
        self.shadow = shadow.map { LiveModel(number: 1, $0.model, policy: $0.policy) }
        models = Mutex(Models(active: active, policy: policy, lastNumber: 1))
        loop = ListeningLoop(
            microphone: microphone, models: LiveModels(active: active, shadow: self.shadow), history: history)
    }

    var counters: FlowCounters { loop.counters }

    /// Detections and gaps, and who is to be woken by one.
    var detections: Ring<HeardDetection> { loop.detections }
    var gaps: Ring<HeardGap> { loop.gaps }
    var detected: Wakeup { loop.detected }

    /// Starts the threads, the reading one first.
    func start() throws(RealtimeThread.CreationError) {
        let loop = loop
        let listening = try RealtimeThread(name: "listening") { loop.run() }
        thread.withLock { $0 = listening }
        try microphone.start()
    }

    /// Has a clip heard beside the microphone.
    func begin(_ test: SelfTest) { loop.begin(test) }

    /// Closes the microphone, hears what was captured, and ends both threads.
    func stop() {
        microphone.stop()
        loop.requestStop()
        // Two seconds of audio, the most that can wait, are heard in a few milliseconds.
        _ = thread.withLock { $0 }?.join(timeout: .milliseconds(300))
    }
}

// Models, and how another one takes the place of the active one.
extension Listener {
    /// The model whose words are events.
    var model: Model { models.withLock { $0.active.model } }
    /// What it decides by.
    var policy: DecisionPolicy { models.withLock { $0.policy } }
    /// How often another model took over.
    var activations: Int { models.withLock { $0.activations } }
    /// Changes when another model was activated.
    var activeNumber: Int32 { models.withLock { $0.active.number } }

    /// What the model of a detection says of itself.
    func description(ofModel number: Int32) -> ModelDescription {
        models.withLock { models in
            let known = [models.active, models.takeover?.incoming, models.previous, shadow]
            return (known.compactMap(\.self).first { $0.number == number } ?? models.active).model.description
        }
    }

    /// Has other thresholds and policies used by the active model, without a gap.
    func apply(_ policy: DecisionPolicy) {
        let number = models.withLock { models in
            models.policy = policy
            return models.active.number
        }
        loop.apply(policy, toModel: number)
    }

    /// Has another model hear beside the active one, to take over from it. To be followed by `finish`; one at a time.
    func begin(_ model: Model, policy: DecisionPolicy) -> Takeover {
        let takeover = models.withLock { models in
            models.lastNumber += 1
            let incoming = LiveModel(number: models.lastNumber, model, policy: policy)
            let takeover = Takeover(of: incoming, from: models.active.model)
            models.takeover = takeover
            models.previous = nil
            return takeover
        }
        loop.begin(takeover)
        return takeover
    }

    /// Makes the model that took over the active one for everybody.
    ///
    /// - Parameter policy: as it is configured by now.
    func finish(_ takeover: Takeover, policy: DecisionPolicy) {
        models.withLock { models in
            models.previous = models.active
            models.active = takeover.incoming
            models.activations += 1
        }
        apply(policy)
    }
}
