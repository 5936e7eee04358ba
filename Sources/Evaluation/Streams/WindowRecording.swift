import Models
import Spotting
import Time

/// A keyword that was heard in a sound.
package struct CountedWord: Sendable, Equatable {
    /// Index into the model's words.
    package let word: Int
    /// Where the decision fell, in samples from the sound's start.
    package let sample: Int
    /// From the end of the word, as the spotter finds it, to the decision.
    package let latencyMilliseconds: Double
    /// In log-odds, and what it had to reach.
    package let score: Float
    package let threshold: Float
    /// Whether it is an event, or why not.
    package let outcome: Detection.Outcome

    package init(
        word: Int, sample: Int, latencyMilliseconds: Double, score: Float = 0, threshold: Float = 0,
        outcome: Detection.Outcome = .keyword
    ) {
        (self.word, self.sample, self.latencyMilliseconds) = (word, sample, latencyMilliseconds)
        (self.score, self.threshold, self.outcome) = (score, threshold, outcome)
    }
}

/// What features and networks made of every window of one sound, by the product's own pipeline, so that the decision can be
/// run over it under other thresholds. The sound begins in silence, and a second of silence follows it.
package struct WindowRecording: Sendable {
    private let words: Int
    /// `[windows][words]`.
    private var posteriors: [Float] = []
    /// The end of each window, how far before it its attention was, and the end of the word that it was on.
    private var ends: [UInt64] = []
    private var attentions: [Int] = []
    private var wordEnds: [UInt64] = []
    /// The second network's score of the word that leads, where it may be asked.
    private var seconds: [Float?] = []

    /// - Parameter policy: says which words the second network is asked about, and over how many hops scores are averaged.
    package init(of sound: [Float], model: Model, policy: DecisionPolicy) {
        words = model.description.words.count
        let spotter = Spotter(model, policy: policy)
        var (posteriors, ends, attentions, wordEnds) = ([Float](), [UInt64](), [Int](), [UInt64]())
        var seconds: [Float?] = []
        spotter.observeWindow = { window in
            posteriors += window.posteriors
            ends.append(window.end)
            attentions.append(window.attention)
            wordEnds.append(window.wordEnd)
            seconds.append(window.second)
        }
        sound.withUnsafeBufferPointer { spotter.process($0) { _ in } }
        spotter.finish { _ in }
        spotter.observeWindow = nil
        (self.posteriors, self.ends, self.attentions, self.wordEnds) = (posteriors, ends, attentions, wordEnds)
        self.seconds = seconds
    }

    /// What is heard under a policy that differs from the recorded one in nothing that `init` names.
    ///
    /// - Parameter withAsides: also what was heard and is no event, because its score was too low or it was doubted.
    package func events(_ policy: DecisionPolicy, withAsides: Bool = false) -> [CountedWord] {
        var decision = Decision(policy)
        var heard: [CountedWord] = []
        posteriors.withUnsafeBufferPointer { values in
            for window in ends.indices {
                let row = UnsafeBufferPointer(rebasing: values[window * words..<(window + 1) * words])
                let event = decision.process(row, sample: ends[window], attention: attentions[window]) { _ in
                    // Where the attention leaps, what words scored before is dropped of those that are events, and which
                    // those are is the policy's: another word may lead then than was recorded. Rare, and no event.
                    seconds[window] ?? -.infinity
                }
                if let event { heard.append(word(event, at: window)) }
                if withAsides, let aside = decision.aside, [.nearMiss, .doubted].contains(aside.outcome) {
                    heard.append(word(aside, at: window))
                }
            }
        }
        return heard
    }

    private func word(_ event: Decision.Event, at window: Int) -> CountedWord {
        let late = ends[window] > wordEnds[window] ? ends[window] - wordEnds[window] : 0
        return CountedWord(
            word: event.word, sample: Int(ends[window]), latencyMilliseconds: SampleRate.milliseconds(late),
            score: event.score, threshold: event.threshold, outcome: event.outcome)
    }
}
