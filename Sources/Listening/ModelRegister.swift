import Models
import Spotting
import Synchronization

/// The model whose words are events, and what it decides by: one value, taken once by whoever needs more than one part of
/// it, so that the parts always fit each other.
package struct ActiveModel: Sendable {
    let live: LiveModel
    package let policy: DecisionPolicy

    package var number: Int32 { live.number }
    package var model: Model { live.model }
    package var description: ModelDescription { live.model.description }
    /// The words that are listened for.
    package var keywords: [String] {
        zip(description.labels, policy.words).filter { $1.enabled && $1.original == nil }.map(\.0)
    }
}

/// Which model is active, which one is about to be, and what the latest ones say of themselves. Any thread.
package final class ModelRegister: Sendable {
    private struct State {
        var active: ActiveModel
        /// The one before is kept until the next is activated: the listening thread shall not have to free it.
        var previous: LiveModel?
        /// Of each model whose detections may still be on their way.
        var descriptions: [Int32: ModelDescription]
        var activations = 0
        /// How often another policy or model took the place of the one before.
        var changes = 0
        var lastNumber: Int32 = 1
    }

    /// The model that hears beside the active one and never fires.
    let shadow: LiveModel?
    private let state: Mutex<State>

    /// A detection is handed out within moments, a takeover takes more than a second.
    private static let mostDescriptions: Int32 = 8

    package init(_ model: Model, policy: DecisionPolicy, shadow: (model: Model, policy: DecisionPolicy)?) {
        let active = ActiveModel(live: LiveModel(number: 0, model, policy: policy), policy: policy)
        self.shadow = shadow.map { LiveModel(number: 1, $0.model, policy: $0.policy) }
        state = Mutex(State(active: active, descriptions: [0: model.description]))
    }

    package var active: ActiveModel { state.withLock { $0.active } }
    /// How often another model took over.
    var activations: Int { state.withLock { $0.activations } }
    /// How often what is listened for, or when it counts, may have changed.
    var changes: Int { state.withLock { $0.changes } }

    /// What the model of a detection says of itself; nil if that model is long gone.
    func description(ofModel number: Int32) -> ModelDescription? {
        if let shadow, shadow.number == number { return shadow.model.description }
        return state.withLock { $0.descriptions[number] }
    }

    /// Gives the active model another policy, made for it: no other model becomes active meanwhile.
    ///
    /// - Parameters:
    ///   - policy: what a model of that description is to decide by; throws if there can be none.
    ///   - hand: is given the policy and the number of its model, in the order of all policies; must not wait.
    package func apply<Failure: Error>(
        _ policy: (ModelDescription) throws(Failure) -> DecisionPolicy, hand: (DecisionPolicy, Int32) -> Void
    ) throws(Failure) {
        try state.withLock { state throws(Failure) in
            let new = try policy(state.active.description)
            state.active = ActiveModel(live: state.active.live, policy: new)
            state.changes += 1
            hand(new, state.active.number)
        }
    }

    /// Makes a model ready to take over. One at a time.
    package func begin(_ model: Model, policy: DecisionPolicy) -> Takeover {
        state.withLock { state in
            state.lastNumber += 1
            state.descriptions[state.lastNumber] = model.description
            state.descriptions[state.lastNumber - Self.mostDescriptions] = nil
            state.previous = nil
            let incoming = LiveModel(number: state.lastNumber, model, policy: policy)
            return Takeover(of: incoming, from: state.active.model)
        }
    }

    /// Makes the model that took over the active one for everybody.
    ///
    /// - Parameters:
    ///   - policy: what it is to decide by from now on.
    ///   - hand: as in `apply`.
    package func finish(_ takeover: Takeover, policy: DecisionPolicy, hand: (DecisionPolicy, Int32) -> Void) {
        state.withLock { state in
            state.previous = state.active.live
            state.active = ActiveModel(live: takeover.incoming, policy: policy)
            state.activations += 1
            state.changes += 1
            hand(policy, takeover.incoming.number)
        }
    }
}
