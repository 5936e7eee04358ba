import Hearing
import Models
import Spotting
import Synchronization
import Time

/// What the active model and its shadow heard, compared as it comes. Any thread.
package final class ShadowComparer: Sendable {
    /// A word that only one of them heard, and how long ago its end was.
    package struct Disagreement: Sendable {
        package let utterance: ShadowComparison.Utterance
        package let millisecondsAgo: Int64
    }

    private struct State {
        var comparison: ShadowComparison
        /// The active model of it: with another one, the comparison begins again.
        var activeNumber: Int32
    }

    private let listener: Listener
    private let shadow: LiveModel
    private let state: Mutex<State>

    /// Nil if no model hears beside the active one.
    package init?(_ listener: Listener) {
        guard let shadow = listener.shadow else { return nil }
        let active = listener.active
        self.listener = listener
        self.shadow = shadow
        state = Mutex(
            State(
                comparison: ShadowComparison(
                    active: active.description, shadow: shadow.model.description),
                activeNumber: active.number))
    }

    /// Takes a word that one of the two models decided on. Whether it was heard is compared, not whether it may count.
    package func add(_ heard: HeardDetection, of description: ModelDescription) {
        let detection = heard.detection
        guard [.keyword, .notAfter, .disabled].contains(detection.outcome) else { return }
        state.withLock { state in
            if heard.model != shadow.number, heard.model != state.activeNumber {
                state.comparison = ShadowComparison(active: description, shadow: shadow.model.description)
                state.activeNumber = heard.model
            }
            state.comparison.add(
                detection, of: description.labels[Int(detection.word)],
                heardBy: heard.model == shadow.number ? .shadow : .active)
        }
    }

    /// The words that only one of them heard and that can be judged by now.
    package func disagreements() -> [Disagreement] {
        let active = listener.active
        let now = listener.counters.samples.total
        return state.withLock { state in
            let judged = state.comparison.judge(now: now, policy: active.policy, words: active.description.labels)
            return judged.map {
                Disagreement(
                    utterance: $0,
                    millisecondsAgo: Int64(SampleRate.milliseconds(now - min(now, $0.detection.endSample))))
            }
        }
    }

    /// The comparison so far.
    package var comparison: ShadowComparison { state.withLock { $0.comparison } }

    /// What the shadow says of itself.
    package var shadowDescription: ModelDescription { shadow.model.description }
}
