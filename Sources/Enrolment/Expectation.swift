import Evaluation
import Models
import Protocol

/// What to expect of a word that was just taught, honestly: each take is judged by a word that was fitted to the others only.
public struct Expectation: Sendable {
    /// How many takes and variants of them were missed, of how many.
    public let misses: Int
    public let said: Int
    /// Of the takes as they are.
    public let takesMissed: Int
    public let takes: Int
    /// False alarms an hour in other speech and noise, and hours that this was counted in.
    public let alarmsPerHour: Double
    public let hours: Double
    /// The word of the model that is likeliest to be taken for it, if one comes near.
    public let confusedWith: String?
    /// Whether two more takes would be worth the while: with one take less, clearly more are missed.
    public let moreTakesWouldHelp: Bool

    public var missRate: Double { Double(misses) / Double(max(said, 1)) }
    public var missInterval: Interval { .wilson(Double(takesMissed), of: Double(takes)) }
    public var alarmInterval: Interval {
        .poissonRate(events: Int((alarmsPerHour * hours).rounded()), exposure: hours)
    }

    /// So much less is missed with a take more, that two more are worth saying.
    private static let worthwhile = 0.03
    /// A word comes near whose usual score is no further under the threshold than this, in log-odds.
    private static let confusedScore: Float = -1.5

    init(
        of heard: [HeardTake], _ final: WordFit, bank: EmbeddingBank, others: [(name: String, WindowEmbedder.Window)],
        fit: ([HeardTake]) -> WordFit
    ) {
        func missed(_ take: HeardTake, by others: [HeardTake]) -> (own: Int, variants: Int) {
            let fit = fit(others)
            let scores = take.scores(fit)
            return (scores[0] < 0 ? 1 : 0, scores.count { $0 < 0 })
        }
        var (own, variants, withFewer, trials) = (0, 0, 0, 0)
        for (index, take) in heard.enumerated() {
            let others = heard.enumerated().filter { $0.offset != index }.map(\.element)
            let counts = missed(take, by: others)
            own += counts.own
            variants += counts.variants
            withFewer += missed(take, by: Array(others.dropLast())).variants
            trials += take.variants.count
        }
        (takesMissed, takes, misses, said) = (own, heard.count, variants, trials)
        let nearest = others.map { (name: $0.name, score: final.score($0.1)) }.max { $0.score < $1.score }
        confusedWith = nearest.flatMap { $0.score > Self.confusedScore ? $0.name : nil }
        alarmsPerHour = final.tail.alarmsPerHour(at: 0)
        hours = bank.hours
        moreTakesWouldHelp =
            heard.count < 10 && Double(withFewer - variants) > Self.worthwhile * Double(trials)
    }

    /// As a word's card has it.
    var card: [String: JSONContent] {
        [
            "takes": .number(Double(takes)), "miss_rate": .number((missRate * 1000).rounded() / 1000),
            "false_alarms_per_hour": .number((alarmsPerHour * 1000).rounded() / 1000),
            "bank_hours": .number((hours * 100).rounded() / 100),
        ]
    }
}
