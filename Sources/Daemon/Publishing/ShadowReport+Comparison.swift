import Listening
import Models
import Protocol

extension ShadowReport {
    /// What readers are told of a comparison.
    init(_ comparer: ShadowComparer) {
        let comparison = comparer.comparison
        let shadow = comparer.shadowDescription
        let agreed = comparison.counts.values.reduce(0) { $0 + $1.agreed }
        func mean(_ sum: Double) -> Double? { agreed == 0 ? nil : sum / Double(agreed) }
        self.init(
            model: shadow.name, modelVersion: shadow.version,
            activeLatencyMeanMilliseconds: mean(comparison.latencySum.active),
            shadowLatencyMeanMilliseconds: mean(comparison.latencySum.shadow),
            words: comparison.counts.mapValues { counts in
                Word(
                    agreed: counts.agreed, activeOnly: counts.activeOnly, shadowOnly: counts.shadowOnly,
                    forActive: counts.forActive, forShadow: counts.forShadow)
            })
    }
}

extension ShadowEvent {
    /// What readers are told of a word that only one of two models heard.
    init(_ disagreement: ShadowComparer.Disagreement) {
        let utterance = disagreement.utterance
        let spoken = Timestamp.now().millisecondsSince1970 - disagreement.millisecondsAgo
        self.init(
            HeardWord(
                utterance.detection, keyword: utterance.word, timestamp: Timestamp(millisecondsSince1970: spoken)),
            heardBy: utterance.heardBy == .active ? "active" : "shadow", isActedOn: utterance.isActedOn)
    }
}
