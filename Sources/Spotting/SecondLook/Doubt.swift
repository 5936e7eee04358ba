/// A word that the first network reports and the second one doubts, as long as the first one keeps to it.
struct Doubt {
    let word: Int
    /// Where the two together came nearest to the threshold.
    private(set) var best: Looks
    private var count = 1
    private var askedScore: Float
    private var lastScore: Float

    /// So often the second network is asked about one candidate.
    private static let mostLooks = 3
    /// By so much the first network must have become surer, in log-odds, before the second is asked again.
    private static let rise: Float = 0.5
    private let threshold: Float

    /// - Parameter threshold: what both scores together must reach.
    init(of word: Int, _ looks: Looks, threshold: Float) {
        self.word = word
        self.threshold = threshold
        best = looks
        askedScore = looks.first
        lastScore = looks.first
    }

    /// Whether the second network is to be asked again: the first one has become so sure that it is enough if the second one
    /// is as sure, or was surest a hop ago. To be called once a hop.
    ///
    /// Both averages rise from hop to hop while a word is spoken: questions on the way up would be wasted, and the last one is
    /// kept for the peak.
    mutating func asksAgain(at score: Float) -> Bool {
        defer { lastScore = score }
        if score < lastScore, lastScore > askedScore { return count < Self.mostLooks }
        return count < Self.mostLooks - 1 && score >= threshold && score > askedScore + Self.rise
    }

    mutating func add(_ looks: Looks) {
        count += 1
        askedScore = looks.first
        if looks.fused > best.fused { best = looks }
    }
}
