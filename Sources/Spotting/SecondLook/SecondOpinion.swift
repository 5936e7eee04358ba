import Models

/// How the second network takes part in deciding on a word.
public struct SecondOpinion: Sendable, Equatable {
    /// The first network's score from which the second one is asked, in log-odds.
    public var candidateScore: Float
    /// What the second one's score counts, 0 to 1; the first one's counts the rest.
    public var weight: Float

    public init(candidateScore: Float, weight: Float) {
        (self.candidateScore, self.weight) = (candidateScore, weight)
    }

    /// As the model has it; nil if the second network is not asked about the word, or there is none.
    init?(of description: ModelDescription, on word: String) {
        guard let candidate = description.secondLook?.candidates[word],
            let weight = description.detection?.secondWeight?[word]
        else { return nil }
        self.init(candidateScore: LogOdds.of(probability: candidate), weight: Float(weight))
    }

    /// As a word that was taught has it; nil if the second network has no head for it.
    init?(of word: OwnWord) {
        guard let second = word.second else { return nil }
        self.init(candidateScore: second.candidateScore, weight: second.weight)
    }

    func looks(first: Float, second: Float) -> Looks {
        Looks(first: first, second: second, fused: (1 - weight) * first + weight * second)
    }
}

/// What the two networks say of a word in the same window, and both together, in log-odds.
public struct Looks: BitwiseCopyable, Sendable, Equatable {
    public let first: Float
    public let second: Float
    public let fused: Float

    public var firstConfidence: Float { LogOdds.probability(first) }
    public var secondConfidence: Float { LogOdds.probability(second) }
}
