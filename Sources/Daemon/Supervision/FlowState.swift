import Capture
import Events

/// What flowed through the daemon up to now, as far as its state depends on it.
package struct Flow: Sendable, Equatable {
    /// Samples heard so far.
    package var samples: UInt64
    /// Windows that went through the network.
    package var inferences: UInt64
    /// Seconds since samples last came; nil if none ever did.
    package var sampleAgeSeconds: Double?
    /// Seconds since the network last ran; nil if it never did.
    package var inferenceAgeSeconds: Double?
    /// Seconds for which the level has been that of digital silence.
    package var silentSeconds: Double
    /// Why the device gives nothing more; nil while it works.
    package var end: CaptureEnd?

    package init(
        samples: UInt64 = 0, inferences: UInt64 = 0, sampleAgeSeconds: Double? = nil,
        inferenceAgeSeconds: Double? = nil, silentSeconds: Double = 0, end: CaptureEnd? = nil
    ) {
        self.samples = samples
        self.inferences = inferences
        self.sampleAgeSeconds = sampleAgeSeconds
        self.inferenceAgeSeconds = inferenceAgeSeconds
        self.silentSeconds = silentSeconds
        self.end = end
    }
}

/// The state of the daemon and why, judged by what flowed and not by threads being alive.
package struct FlowState: Sendable, Equatable {
    package var state: DaemonState
    package var reason: String

    /// Audio comes a hundred times a second; without any for this long, something is wrong.
    static let stallSeconds = 1.0
    /// Without audio there is nothing to search, so the network is judged later than the device.
    static let idleSeconds = 1.5
    /// A room is never as quiet as digital silence: a microphone that gives it is switched off or dead.
    static let silenceSeconds = 10.0

    package init(_ flow: Flow, isStopping: Bool) {
        if isStopping {
            self.init(.stopping, "the daemon was told to stop")
        } else if let end = flow.end, end != .stopped {
            self.init(.noDevice, "\(end)")
        } else if flow.inferences == 0, flow.sampleAgeSeconds.map({ $0 < Self.stallSeconds }) ?? true {
            self.init(.starting, "waiting for the first audio")
        } else if let age = flow.sampleAgeSeconds, age >= Self.stallSeconds {
            self.init(.stalled, "no audio from the device")
        } else if let age = flow.inferenceAgeSeconds, age >= Self.idleSeconds {
            self.init(.stalled, "audio comes, but is not searched")
        } else if flow.silentSeconds >= Self.silenceSeconds {
            self.init(.degraded, "the device gives digital silence; is the microphone switched off?")
        } else {
            self.init(.listening, "audio flows and is searched for keywords")
        }
    }

    private init(_ state: DaemonState, _ reason: String) {
        self.state = state
        self.reason = reason
    }
}
