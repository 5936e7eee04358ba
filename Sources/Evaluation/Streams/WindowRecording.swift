import Inference
import Spotting

/// A keyword that was heard in a sound.
package struct HeardWord: Sendable, Equatable {
    /// Index into the model's words.
    package let word: Int
    /// Where the decision fell, in samples from the sound's start.
    package let sample: Int
    /// From the end of the word, as the spotter finds it, to the decision.
    package let latencyMilliseconds: Double

    package init(word: Int, sample: Int, latencyMilliseconds: Double) {
        (self.word, self.sample, self.latencyMilliseconds) = (word, sample, latencyMilliseconds)
    }
}

/// What features and network made of every window of one sound, by the product's own pipeline, so that the decision can
/// be run over it under any policy. The sound begins in silence, and a second of silence follows it.
package struct WindowRecording: Sendable {
    private let words: Int
    /// `[windows][words]`.
    private var posteriors: [Float] = []
    /// The end of each window, and of the word that its attention was on.
    private var ends: [UInt64] = []
    private var wordEnds: [UInt64] = []

    package init(of sound: [Float], model: Model) {
        let description = model.description
        words = description.words.count
        let spotter = Spotter(model, policy: DecisionPolicy(description))
        var (posteriors, ends, wordEnds) = ([Float](), [UInt64](), [UInt64]())
        spotter.observeWindow = { values, end, wordEnd in
            posteriors += values
            ends.append(end)
            wordEnds.append(wordEnd)
        }
        sound.withUnsafeBufferPointer { spotter.process($0) { _ in } }
        spotter.finish { _ in }
        spotter.observeWindow = nil
        (self.posteriors, self.ends, self.wordEnds) = (posteriors, ends, wordEnds)
    }

    /// What is heard under a policy.
    package func events(_ policy: DecisionPolicy) -> [HeardWord] {
        var decision = Decision(policy)
        return posteriors.withUnsafeBufferPointer { values in
            ends.indices.compactMap { window in
                let row = UnsafeBufferPointer(rebasing: values[window * words..<(window + 1) * words])
                return decision.process(row, sample: ends[window]).map { event in
                    let late = ends[window] > wordEnds[window] ? ends[window] - wordEnds[window] : 0
                    return HeardWord(
                        word: event.word, sample: Int(ends[window]), latencyMilliseconds: Double(late) / 16)
                }
            }
        }
    }
}
