/// A word that the first network reports and the second one doubts, as long as the first one keeps to it.
struct Doubt {
    let word: Int
    /// Where the two together came nearest to the threshold.
    private(set) var best: Looks
    private var count = 1

    /// So often the second network is asked about one candidate: once a hop for a second, since where its windows fall decides at
    /// which of them it is surest.
    private static let mostLooks = 12

    init(of word: Int, _ looks: Looks) {
        self.word = word
        best = looks
    }

    /// Whether the second network is to be asked again.
    var asksAgain: Bool { count < Self.mostLooks }

    mutating func add(_ looks: Looks) {
        count += 1
        if looks.fused > best.fused { best = looks }
    }
}
