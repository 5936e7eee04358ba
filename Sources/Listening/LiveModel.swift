import Spotting

/// A model at work on the live audio, and the number under which its detections are known.
package final class LiveModel: @unchecked Sendable {
    /// Counts the models of this run, from 0.
    package let number: Int32
    package let model: Model
    /// The listening thread's alone, once the model was handed to it.
    let spotter: Spotter

    /// Allocates everything.
    init(number: Int32, _ model: Model, policy: DecisionPolicy) {
        self.number = number
        self.model = model
        spotter = Spotter(model, policy: policy)
    }
}
