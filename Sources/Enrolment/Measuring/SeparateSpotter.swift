import Models
import Spotting

/// Hears many words that were taught in one pass over a stream, each as if the model had been taught that word alone: none hides
/// another, and each is heard exactly as by a spotter of its own.
///
/// Features and networks run once, the decision once for each word. One thread.
package final class SeparateSpotter {
    /// How often each word was heard since the stream began.
    package private(set) var events: [Int]

    private let spotter: Spotter
    private var decisions: [Decision]
    /// How many labels the model has without them.
    private let labels: Int

    /// - Parameter policy: of a model that was taught a word.
    package init(_ words: [OwnWord], to model: Model, policy: (ModelDescription) -> DecisionPolicy) {
        let taught = model.teaching(words)
        var silent = policy(taught.description)
        for index in silent.words.indices { silent.words[index].enabled = false }
        spotter = Spotter(taught, policy: silent)
        decisions = words.map { Decision(policy(model.description.teaching([$0])), taught: 1) }
        labels = model.description.words.count
        events = Array(repeating: 0, count: words.count)
        spotter.observeWindow = { [unowned self] in decide($0) }
    }

    /// Begins to hear another stream, in silence.
    package func begin() {
        spotter.begin()
        for index in decisions.indices {
            decisions[index].forget()
            events[index] = 0
        }
    }

    /// Takes the next samples: mono, 16,000 a second, -1 to 1.
    package func process(_ samples: some Collection<Float>) {
        Array(samples).withUnsafeBufferPointer { spotter.process($0) { _ in } }
    }

    /// Hears a second of silence after the last samples.
    package func finish() { spotter.finish { _ in } }

    private func decide(_ window: Spotter.ObservedWindow) {
        for index in decisions.indices {
            let score = UnsafeBufferPointer(rebasing: window.taughtScores[index...index])
            let event = decisions[index].process(
                window.posteriors, taught: score, sample: window.end, attention: window.attention
            ) { [labels] label in
                window.look(label < labels ? label : labels + index)
            }
            if event?.word == labels { events[index] += 1 }
        }
    }
}
