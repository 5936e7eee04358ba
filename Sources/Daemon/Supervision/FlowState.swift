import Capture
import Events

/// What flowed through the daemon up to now, as far as its state depends on it.
package struct Flow: Sendable, Equatable {
    /// How it is with the device.
    package var microphone = Microphone.Condition.opening
    /// For how many seconds it has been so.
    package var microphoneSeconds = 0.0
    /// Windows that went through the network.
    package var inferences: UInt64 = 0
    /// Seconds since samples last came; nil if none ever did.
    package var sampleAgeSeconds: Double?
    /// Seconds since the capture thread last read some.
    package var captureAgeSeconds = 0.0
    /// Seconds since the network last ran; nil if it never did.
    package var inferenceAgeSeconds: Double?
    /// Seconds for which all samples have been the same.
    package var constantSeconds = 0.0
    /// For how many seconds samples have come without a pause.
    package var flowingSeconds = 0.0
    /// For how many seconds the threads that hand events out have not answered.
    package var handOutAgeSeconds = 0.0
    /// Much is lost, again and again.
    package var isLosing = false

    package init() {}
}

/// The state of the daemon and why, judged by what flowed and not by threads being alive.
package struct FlowState: Sendable, Equatable {
    package var state: DaemonState
    package var reason: String

    /// Audio comes a hundred times a second; without any for this long, something is wrong.
    static let stallSeconds = 1.0
    /// Without audio there is nothing to search, so the network is judged later than the device.
    static let idleSeconds = 1.5
    /// A device needs a moment to open; one that needs longer does not.
    static let openSeconds = 2.0
    /// They are asked once a second, and answer at once.
    static let handOutSeconds = 2.0
    /// A room is never as quiet as digital silence: a microphone that gives it is switched off or dead.
    static let silenceSeconds = 5.0

    package init(_ flow: Flow, isStopping: Bool) {
        if isStopping {
            self.init(.stopping, "the daemon was told to stop")
            return
        }
        switch flow.microphone {
        case .muted: self.init(.muted, "the microphone is closed on request, until unmute")
        case .absent(let reason): self.init(.noDevice, reason)
        case .stuck:
            self.init(
                .stalled, "the device does not return from a read and cannot be closed; the daemon needs a restart")
        case .opening where flow.sampleAgeSeconds == nil && flow.microphoneSeconds < Self.openSeconds:
            self.init(.starting, "waiting for the first audio")
        case .opening, .open: self.init(audio: flow)
        }
    }

    private init(audio flow: Flow) {
        guard let age = flow.sampleAgeSeconds else {
            self.init(.stalled, "the device is being opened, and no audio has come from it yet")
            return
        }
        if age >= Self.stallSeconds, flow.captureAgeSeconds >= Self.stallSeconds {
            self.init(.stalled, "no audio from the device")
        } else if age >= Self.stallSeconds {
            self.init(.stalled, "audio comes, but is not searched")
        } else if flow.inferences == 0 {
            self.init(.starting, "waiting for the first audio")
        } else if let age = flow.inferenceAgeSeconds, min(age, flow.flowingSeconds) >= Self.idleSeconds {
            self.init(.stalled, "audio comes, but is not searched")
        } else if flow.handOutAgeSeconds >= Self.handOutSeconds {
            self.init(.stalled, "keywords are detected, but events are not handed out")
        } else if flow.constantSeconds >= Self.silenceSeconds {
            self.init(.degraded, "the device gives digital silence; is the microphone switched off?")
        } else if flow.isLosing {
            self.init(.degraded, "much of the audio is lost; is the machine too busy?")
        } else {
            self.init(.listening, "audio flows and is searched for keywords")
        }
    }

    private init(_ state: DaemonState, _ reason: String) {
        self.state = state
        self.reason = reason
    }
}
