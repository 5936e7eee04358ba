import Hearing
import Spotting

/// The models that hear the microphone: the one whose words are events, and those beside it. The listening thread's alone.
struct LiveModels {
    /// The one whose words are events.
    private(set) var active: LiveModel
    /// One that hears the same and never fires.
    private let shadow: LiveModel?
    /// One that is about to become the active one.
    private var takeover: Takeover?

    init(active: LiveModel, shadow: LiveModel?) {
        self.active = active
        self.shadow = shadow
        active.spotter.reportsAsides = true
    }

    /// Has an ear, which has the active model, and those beside it hear the next samples, and calls `report` for each word that
    /// the active model or the shadow decides on.
    mutating func hear(
        _ samples: UnsafeBufferPointer<Float>, by ear: Ear, _ report: (Detection, LiveModel) -> Void
    ) {
        var hasDecided = false
        let active = active
        ear.hear(samples) { detection in
            if detection.outcome == .keyword { hasDecided = true }
            report(detection, active)
        }
        shadow?.spotter.process(samples) { report($0, shadow!) }
        if let takeover, takeover.hear(samples, hasDecided: hasDecided) { exchange(in: ear) }
    }

    /// A word that was spoken to the end has its event, too.
    func finish(_ report: (Detection, LiveModel) -> Void) {
        active.spotter.finish { report($0, active) }
    }

    /// Goes on after a gap; the active model by its ear.
    func skip(lostSamples: UInt64) {
        shadow?.spotter.skip(lostSamples: lostSamples)
        takeover?.incoming.spotter.skip(lostSamples: lostSamples)
    }

    /// Uses another policy, if the active model is still the one that it was made for.
    func apply(_ policy: DecisionPolicy, toModel number: Int32) {
        if active.number == number { active.spotter.apply(policy) }
    }

    /// Has another model hear beside the active one from the next sample on, to take over from it.
    mutating func begin(_ takeover: Takeover) {
        takeover.incoming.spotter.join(active.spotter)
        self.takeover = takeover
    }

    /// Has the model that hears beside the active one take over, if there is one and it keeps up. At once: where nothing is
    /// heard anyway, nothing is waited for.
    mutating func exchange(in ear: Ear) {
        guard let takeover = takeover.take() else { return }
        guard takeover.keepsUp else {
            _ = takeover.settle(.tooSlow)
            return
        }
        guard takeover.settle(.done) else { return }
        takeover.inherit(from: active)
        takeover.incoming.spotter.reportsAsides = true
        // The one before is kept by the listener: it is not freed here.
        active = takeover.incoming
        ear.spotter = active.spotter
    }
}
