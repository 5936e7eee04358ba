import Capture
import Realtime
import Spotting
import Synchronization

/// The microphone and the two threads behind it: capture and listening.
final class Listener: Sendable {
    let model: Model
    private let capturer: Capturer
    private let loop: ListeningLoop
    private let thread = Mutex<RealtimeThread?>(nil)

    /// Opens the device and allocates everything; no sample flows yet.
    init(device: String, channel: ChannelPolicy, realtimePriority: Int, model: Model, policy: DecisionPolicy)
        throws(CaptureError)
    {
        self.model = model
        capturer = try Capturer(device: device, channel: channel, realtimePriority: realtimePriority)
        loop = ListeningLoop(capturer: capturer, model: model, policy: policy)
    }

    var device: String { capturer.device }
    var format: CaptureFormat { capturer.format }
    var counters: FlowCounters { loop.counters }
    var captureCounts: CaptureCounts { capturer.counts }
    /// Why the device gives nothing more; nil while it works.
    var end: CaptureEnd? { capturer.end }
    /// How the capture thread is scheduled.
    var scheduling: RealtimeThread.Scheduling? { capturer.scheduling }
    /// How full the sample ring is, 0 to 1.
    var ringFill: Double {
        let counts = capturer.counts
        let heard = Double(loop.counters.samples.total) / 16000
        let captured = Double(counts.samples - counts.refusedSamples + counts.lostSamples) / Double(format.rate)
        return min(max((captured - heard) / 2, 0), 1)
    }

    /// Detections, and who is to be woken by one.
    var detections: Ring<Detection> { loop.detections }
    var detected: Wakeup { loop.detected }

    /// Starts both threads, the reading one first.
    func start() throws {
        let loop = loop
        let listening = try RealtimeThread(name: "listening") { loop.run() }
        thread.withLock { $0 = listening }
        try capturer.start()
    }

    /// Has other thresholds and policies used, without a gap.
    func apply(_ policy: DecisionPolicy) { loop.apply(policy) }

    /// Closes the microphone, hears what was captured, and ends both threads.
    func stop() {
        capturer.stop()
        loop.requestStop()
        // Two seconds of audio, the most that can wait, are heard in a few milliseconds.
        _ = thread.withLock { $0 }?.join(timeout: .milliseconds(300))
    }
}
