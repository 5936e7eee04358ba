/// Scores of the first network at which something becomes of a word, in log-odds.
struct ScoreBounds {
    /// From here on it leads.
    let lead: Float
    /// From here on it is worth a remark.
    let near: Float
    /// Below this it may fire again.
    let rearm: Float

    /// A word that led with at least this part of its threshold is worth a remark.
    private static let nearMissRatio: Float = 0.6
    /// Such a word is over once its probability is this part of its highest.
    static let nearMissFall: Float = 0.7

    init(_ rules: WordPolicy, rearmRatio: Float) {
        lead = rules.second?.candidateScore ?? rules.thresholdScore
        // Parts of a probability, as people set them.
        let probability = LogOdds.probability(lead)
        near = lead.isFinite ? LogOdds.of(probability: Double(Self.nearMissRatio * probability)) : lead
        rearm = lead.isFinite ? LogOdds.of(probability: Double(rearmRatio * probability)) : lead
    }
}
