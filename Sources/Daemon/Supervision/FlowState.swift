import Capture
import Protocol

/// What flowed through the daemon up to now, as far as its state depends on it.
package struct Flow: Sendable, Equatable {
    /// How it is with the device.
    package var microphone = Microphone.Condition.opening
    /// For how many seconds it has been so.
    package var microphoneSeconds = 0.0
    /// How long the open device may take for a period: before that no samples come.
    package var longestPeriodSeconds = 0.0
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
    /// This microphone is digitally silent between sounds.
    package var isSilenceUsual = false
    /// Channels that are opposite to the others, bit 0 the first; and whether the chosen one is silent and others are not.
    package var turnedChannels: UInt64 = 0
    package var isBesideSound = false
    /// For how many seconds samples have come without a pause.
    package var flowingSeconds = 0.0
    /// For how many seconds the threads that hand events out have not answered.
    package var handOutAgeSeconds = 0.0
    /// Much is lost, again and again.
    package var isLosing = false
    /// A restart would find the microphone muted.
    package var isMuteKept = false
    /// What was asked for when it was muted.
    package var mute: Mute?
    /// No file descriptor is free but those that connections must leave.
    package var isShortOfDescriptors = false

    package init() {}

    /// Without audio for this long, something is wrong.
    var stallSeconds: Double { FlowState.stallSeconds + longestPeriodSeconds }

    /// Nothing came from an open device since a moment ago, and nothing was to come.
    var isBetweenPeriods: Bool {
        microphone == .open && longestPeriodSeconds >= 0.5 && sampleAgeSeconds.map { $0 < stallSeconds } ?? false
    }

    /// When to look again at the latest, if nothing is told before.
    var secondsToNextLook: Double {
        let untilUnmuted = mute?.until.map {
            Double($0.millisecondsSince1970 - Timestamp.now().millisecondsSince1970) / 1000
        }
        guard microphone != .muted else { return max(0, min(FlowState.mutedLookSeconds, untilUnmuted ?? .infinity)) }
        // What would have to be told then, if nothing came until then.
        let deadlines = [
            sampleAgeSeconds.map { stallSeconds - $0 },
            inferenceAgeSeconds.map { stallSeconds + FlowState.idleSeconds - $0 },
            FlowState.openSeconds + longestPeriodSeconds - microphoneSeconds,
            FlowState.silenceSeconds - constantSeconds,
        ]
        return deadlines.compactMap { $0 }.filter { $0 > 0 }.reduce(FlowState.lookSeconds, min)
    }

    /// Nothing was heard since the device is as it is.
    var isUnheard: Bool { sampleAgeSeconds.map { $0 > microphoneSeconds } ?? true }
}

/// The state of the daemon and why, judged by what flowed and not by threads being alive.
package struct FlowState: Sendable, Equatable {
    package var state: DaemonState
    package var reason: String

    /// Audio comes once in a period; when one is late by this long, something is wrong.
    static let stallSeconds = 1.0
    /// Without audio there is nothing to search, so the network is judged so much later than the device.
    static let idleSeconds = 0.5
    /// What waits in the ring until the next window is complete was captured, and is not searched yet.
    static let waitingSeconds = 0.2
    /// A device needs a moment to open; one that needs longer does not.
    static let openSeconds = 2.0
    /// They are asked once a second, and answer at once.
    static let handOutSeconds = 1.0
    /// What is not told, and has no time at which it is due, is seen so soon; while muted, when nothing is to be heard, later.
    static let lookSeconds = 1.0
    static let mutedLookSeconds = 2.0
    /// A room is never as quiet as digital silence: a microphone that gives it, and never before gave it between sounds, is
    /// switched off or dead.
    static let silenceSeconds = 5.0

    package init(_ flow: Flow, isStopping: Bool) {
        if isStopping {
            self.init(.stopping, "the daemon was told to stop")
            return
        }
        switch flow.microphone {
        case .muted:
            let reason = flow.mute?.reason.map { " (\($0))" } ?? ""
            let until = flow.mute?.until.map { "\($0) or " } ?? ""
            self.init(
                .muted,
                "the microphone is closed on request\(reason), until \(until)unmute"
                    + (flow.isMuteKept ? ", also over a restart" : ""))
        case .absent(let reason): self.init(.noDevice, reason)
        case .stuck:
            self.init(
                .stalled, "the device does not return from a read and cannot be closed; the daemon needs a restart")
        case .opening, .open:
            if flow.isUnheard, flow.microphoneSeconds < Self.openSeconds + flow.longestPeriodSeconds {
                self.init(.starting, "waiting for the first audio")
            } else {
                self.init(audio: flow)
            }
        case .reopening: self.init(.stalled, "no audio from the device")
        }
    }

    private init(audio flow: Flow) {
        guard let age = flow.sampleAgeSeconds, flow.microphone == .open || !flow.isUnheard else {
            self.init(.stalled, "the device is being opened, and no audio has come from it yet")
            return
        }
        if age >= flow.stallSeconds, flow.captureAgeSeconds >= flow.stallSeconds - Self.waitingSeconds {
            self.init(.stalled, "no audio from the device")
        } else if age >= flow.stallSeconds {
            self.init(.stalled, "audio comes, but is not searched")
        } else if flow.inferences == 0 {
            self.init(.starting, "waiting for the first audio")
        } else if let age = flow.inferenceAgeSeconds,
            min(age, flow.flowingSeconds) >= flow.stallSeconds + Self.idleSeconds
        {
            self.init(.stalled, "audio comes, but is not searched")
        } else if flow.handOutAgeSeconds >= Self.handOutSeconds {
            self.init(.stalled, "keywords are detected, but events are not handed out")
        } else if flow.constantSeconds >= Self.silenceSeconds, flow.isBesideSound {
            self.init(
                .degraded,
                "the channel that is listened to gives digital silence, and others do not; set capture.channel to mix or to one "
                    + "that has sound")
        } else if flow.constantSeconds >= Self.silenceSeconds, !flow.isSilenceUsual {
            self.init(.degraded, "the device gives digital silence; is the microphone switched off?")
        } else if flow.isLosing {
            self.init(.degraded, "much of the audio is lost; is the machine too busy?")
        } else if flow.isShortOfDescriptors {
            self.init(
                .degraded, "file descriptors run out: readers are turned away; raise LimitNOFILE= or let readers go")
        } else {
            self.init(.listening, "audio flows and is searched for keywords" + Self.turned(flow.turnedChannels))
        }
    }

    /// Said, because somebody may want to mend the wire.
    private static func turned(_ channels: UInt64) -> String {
        let numbers = (0..<64).filter { channels >> UInt64($0) & 1 == 1 }.map { "\($0 + 1)" }
        switch numbers.count {
        case 0: return ""
        case 1:
            return "; channel \(numbers[0]) is opposite to the others and is turned over, so that they do not cancel"
        default:
            return "; channels \(numbers.joined(separator: ", ")) are opposite to the others and are turned over, "
                + "so that they do not cancel"
        }
    }

    private init(_ state: DaemonState, _ reason: String) {
        self.state = state
        self.reason = reason
    }
}
