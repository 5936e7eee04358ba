import Capture
import Realtime
import Spotting
import Synchronization

/// The microphone and the listening thread behind it.
final class Listener: Sendable {
    let model: Model
    let microphone: Microphone
    /// The last seconds of what was heard.
    let history: SampleHistory
    private let loop: ListeningLoop
    private let thread = Mutex<RealtimeThread?>(nil)

    /// Allocates everything; nothing is opened yet.
    init(source: Microphone.Source, keepSeconds: Int, model: Model, policy: DecisionPolicy) {
        self.model = model
        microphone = Microphone(source)
        history = SampleHistory(capacity: keepSeconds * 16000)
        loop = ListeningLoop(microphone: microphone, model: model, policy: policy, history: history)
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

    /// Has other thresholds and policies used, without a gap.
    func apply(_ policy: DecisionPolicy) { loop.apply(policy) }

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
