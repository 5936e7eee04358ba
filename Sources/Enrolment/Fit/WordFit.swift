import Glibc
import Models

/// The heads of a word on each network, and the score that both together must reach: fitted to its takes against a bank.
struct WordFit {
    /// One network's part: log-odds = slope * (nearness - middle).
    struct Head {
        let prototype: Prototype
        let slope: Float
        let middle: Float

        func score(_ embedding: [Float]) -> Float { slope * (prototype.nearness(embedding) - middle) }

        func stricter(by score: Float) -> Head {
            Head(prototype: prototype, slope: slope, middle: middle + score / slope)
        }
    }

    let first: Head
    let second: Head?
    /// Both together; log-odds 0 is where the budget of false alarms lies.
    let tail: AlarmTail
    /// The first network's score from which the second one is asked.
    let candidateScore: Float

    /// What the second network's score counts.
    static let secondWeight: Float = 0.5
    /// So often an hour the second network is asked: each time costs what 0.6 s of audio cost otherwise. Asked five times as often,
    /// it hears nothing more.
    private static let candidatesPerHour = 12.0
    /// - Parameters:
    ///   - takes: of each take the windows that hold the word.
    ///   - rate: false alarms an hour that it may have.
    init(_ takes: [[WindowEmbedder.Window]], against bank: EmbeddingBank, alarmsPerHour rate: Double, hopSamples: Int) {
        func head(_ takes: [[[Float]]], _ rows: [[Float]]) -> Head {
            let prototype = Prototype(of: takes)
            let nearness = rows.map(prototype.nearness)
            let middle = AlarmTail(nearness, hopSamples: hopSamples).threshold(alarmsPerHour: rate)
            // One standard deviation of everything else, whichever network.
            return Head(prototype: prototype, slope: 1 / max(nearness.deviation, 1e-3), middle: middle)
        }
        let one = head(takes.map { $0.map(\.first) }, bank.first)
        let firstScores = bank.first.map(one.score)
        guard let rows = bank.second, takes.allSatisfy({ $0.allSatisfy { $0.second != nil } }) else {
            (first, second) = (one, nil)
            tail = AlarmTail(firstScores, hopSamples: hopSamples)
            candidateScore = 0
            return
        }
        let two = head(takes.map { $0.compactMap(\.second) }, rows)
        func together(_ first: Float, _ second: Float) -> Float {
            (1 - Self.secondWeight) * first + Self.secondWeight * second
        }
        let fused = zip(firstScores, rows.map(two.score)).map(together)
        // The two are seldom high together: what both must reach is less than what each must alone.
        let shift = AlarmTail(fused, hopSamples: hopSamples).threshold(alarmsPerHour: rate)
        first = one.stricter(by: shift)
        second = two.stricter(by: shift)
        tail = AlarmTail(fused, hopSamples: hopSamples).lower(by: shift)
        candidateScore = AlarmTail(firstScores.map { $0 - shift }, hopSamples: hopSamples)
            .threshold(alarmsPerHour: Self.candidatesPerHour)
    }

    private init(first: Head, second: Head?, tail: AlarmTail, candidateScore: Float) {
        (self.first, self.second, self.tail, self.candidateScore) = (first, second, tail, candidateScore)
    }

    /// The same, as strict as it must be for none of these windows to be taken for the word.
    func apart(from windows: [WindowEmbedder.Window]) -> WordFit {
        guard let excess = windows.map(score).max(), excess > 0 else { return self }
        return WordFit(
            first: first.stricter(by: excess), second: second?.stricter(by: excess), tail: tail.lower(by: excess),
            candidateScore: candidateScore - excess)
    }

    /// How near a window comes to the word, whether or not it would be asked about.
    func nearness(_ window: WindowEmbedder.Window) -> Float {
        let one = first.prototype.nearness(window.first)
        guard let second, let embedding = window.second else { return one }
        return (one + second.prototype.nearness(embedding)) / 2
    }

    /// The score of a window, as both networks decide on it: none where the second one would not be asked.
    func score(_ window: WindowEmbedder.Window) -> Float {
        second != nil && first.score(window.first) < candidateScore ? -.infinity : fused(window)
    }

    /// The same, as if the second network were always asked.
    func fused(_ window: WindowEmbedder.Window) -> Float {
        let one = first.score(window.first)
        guard let second, let embedding = window.second else { return one }
        return (1 - Self.secondWeight) * one + Self.secondWeight * second.score(embedding)
    }
}

extension WordFit.Head {
    /// As it is kept: of another network the numbers mean nothing.
    func kept(trunk: String) -> OwnWord.Head {
        OwnWord.Head(trunk: trunk, weights: prototype.direction.map { $0 * slope }, bias: -slope * middle)
    }
}
