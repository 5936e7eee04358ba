import Events
import Inference
import Realtime
import ServiceSettings
import Spotting
import Synchronization

/// What the active model and its shadow heard, compared as it comes, for the metrics and for those who subscribe to it.
package final class ShadowComparer: Sendable {
    private struct State {
        var comparison: ShadowComparison
        /// The active model of it: with another one, the comparison begins again.
        var activeNumber: Int32
        var budget = LogBudget(perMinute: 20)
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
                detection, of: description.words[Int(detection.word)],
                heardBy: heard.model == shadow.number ? .shadow : .active)
        }
    }

    /// The words that only one of them heard and that can be judged by now; at most 20 a minute.
    package func disagreements() -> [ShadowEvent] {
        let active = listener.active
        let now = listener.counters.samples.total
        return state.withLock { state in
            let judged = state.comparison.judge(now: now, policy: active.policy, words: active.description.words)
            return judged.compactMap { utterance in
                guard state.budget.take(now: MonotonicClock.nanoseconds()).isGranted else { return nil }
                let ago = Int64(now - min(now, utterance.detection.endSample)) / 16
                let word = HeardWord(
                    utterance.detection, keyword: utterance.word,
                    timestamp: Timestamp(millisecondsSince1970: Timestamp.now().millisecondsSince1970 - ago))
                return ShadowEvent(
                    word, heardBy: utterance.heardBy == .active ? "active" : "shadow", isActedOn: utterance.isActedOn)
            }
        }
    }

    /// The counts so far.
    package var report: ShadowReport {
        let comparison = state.withLock { $0.comparison }
        let agreed = comparison.counts.values.reduce(0) { $0 + $1.agreed }
        func mean(_ sum: Double) -> Double? { agreed == 0 ? nil : sum / Double(agreed) }
        return ShadowReport(
            model: shadow.model.description.name, modelVersion: shadow.model.description.version,
            activeLatencyMeanMilliseconds: mean(comparison.latencySum.active),
            shadowLatencyMeanMilliseconds: mean(comparison.latencySum.shadow),
            words: comparison.counts)
    }
}
