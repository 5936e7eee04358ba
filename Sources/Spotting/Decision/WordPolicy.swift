import Models
import Time

/// When a word counts.
public struct WordPolicy: Sendable, Equatable {
    /// Whether the word is listened for at all.
    public var enabled: Bool
    /// The score that it must reach, in log-odds: that of its smoothed posterior, or, with `second`, of both networks.
    public var thresholdScore: Float
    /// How the second network takes part; nil if the first one decides alone.
    public var second: SecondOpinion?
    /// How long after an event the word cannot fire again, in samples.
    public var refractorySamples: Int
    /// Other words of which one must have been heard shortly before, as indices; empty for none.
    public var after: [Int]
    /// How long one of `after` counts, in samples.
    public var afterSamples: Int
    /// The word that this is, too, as an index, heard by what it was taught; nil for a word by itself. Either fires for both.
    public var original: Int?

    /// The threshold as a probability, 0 to 1.
    public var threshold: Float {
        get { LogOdds.probability(thresholdScore) }
        set { thresholdScore = LogOdds.of(probability: Double(newValue)) }
    }

    /// - Parameter threshold: a probability, 0 to 1, or infinity for a word that never fires.
    public init(
        enabled: Bool = true, threshold: Float, refractorySamples: Int = SampleRate.perSecond, after: [Int] = [],
        afterSamples: Int = 5 * SampleRate.perSecond
    ) {
        self.enabled = enabled
        thresholdScore = LogOdds.of(probability: Double(threshold))
        self.refractorySamples = refractorySamples
        self.after = after
        self.afterSamples = afterSamples
    }
}

/// How posteriors become events.
public struct DecisionPolicy: Sendable, Equatable {
    /// Posteriors are averaged over this many hops, 1 to 32; over fewer where that is enough, see ``Smoothing``.
    public var smoothingHops: Int
    /// A word is a candidate when it has led in so many of the last `smoothingHops`.
    public var majorityHops: Int
    /// An event is emitted this many hops after a word first led, or earlier, once its score falls.
    public var delayHops = 0
    /// After an event, another word must wait this long or score higher, in samples.
    public var crossWordRefractorySamples = 6400
    /// A word can fire again only after its score fell to this part of its threshold.
    public var rearmRatio: Float = 0.5
    /// One policy for each label of the model, taught words last; those of `_unknown_` and `_silence_` never fire.
    public var words: [WordPolicy]

    /// The policy of a model, all words enabled, over the hops that its thresholds were measured with.
    ///
    /// - Parameters:
    ///   - asksSecond: whether the model's second network takes part, if it has one.
    ///   - budget: false alarms an hour over all wake words together; nil for that of the model's own thresholds.
    public init(_ description: ModelDescription, asksSecond: Bool = true, falseAlarmsPerHour budget: Double? = nil) {
        smoothingHops = description.detection?.smoothingHops ?? 4
        majorityHops = min(2, smoothingHops)
        words = description.words.map { word in
            var policy = WordPolicy(enabled: description.thresholds[word] != nil, threshold: .infinity)
            guard policy.enabled else { return policy }
            policy.second = asksSecond ? SecondOpinion(of: description, on: word) : nil
            policy.thresholdScore = description.thresholdScore(of: word, policy.second != nil, budget)
            return policy
        }
        let labels = description.labels
        for (place, word) in description.taught.enumerated() {
            var policy = WordPolicy(enabled: word.isEnabled, threshold: .infinity)
            policy.original = description.original(of: description.words.count + place)
            policy.second = asksSecond ? SecondOpinion(of: word) : nil
            policy.thresholdScore = word.thresholdScore
            policy.after = word.after.compactMap { other in
                labels.firstIndex { OwnWord.haveSameName($0, other) }
            }
            words.append(policy)
        }
    }
}
