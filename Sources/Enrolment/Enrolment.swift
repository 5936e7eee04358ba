import Evaluation
import Inference
import Models
import Spotting

/// Teaches words to a model: takes in, a word out, and what to expect of it. Nothing of the network changes. One thread at a
/// time.
public final class Enrolment {
    /// How many takes make a word.
    public static let takes = 3...20
    /// False alarms an hour that a word may have, unless it is said.
    public static let alarmsPerHour = 0.2

    /// A word as it was taught.
    public struct Result: Sendable {
        public let word: OwnWord
        public let expectation: Expectation
    }

    private let model: Model
    let bank: EmbeddingBank
    let embedder: WindowEmbedder
    /// Hears the model's own words, whatever must come before them.
    private let spotter: Spotter
    private let variants = TakeVariants(count: 16)

    /// The model's own words.
    private var keywords: [String] { model.network.description.keywords }

    /// So much of the takes, as they are, a word must hear that is kept from being one of the model's.
    private static let leastHeard = 0.8
    /// A word that would fire so often at the score of its own takes cannot be told from speech.
    private static let mostAlarmsPerHour = 20.0

    /// Throws if the model cannot learn words.
    public init(_ model: Model) throws(EnrolmentError) {
        self.model = model
        embedder = try WindowEmbedder(model)
        bank = try EmbeddingBank(of: model)
        let untaught = model.teaching([])
        var policy = DecisionPolicy(untaught.description)
        for index in policy.words.indices { policy.words[index].after = [] }
        spotter = Spotter(untaught, policy: policy)
    }

    /// Length of the speech and noise that words are fitted against, and how many windows of it.
    public var bankSize: (hours: Double, windows: Int) { (bank.hours, bank.first.count) }

    /// Throws if a take is heard as another word that the model knows.
    ///
    /// - Parameter name: what is taught; a word of the model is taken further.
    public func judge(_ take: Take, of name: String) throws(TakeProblem) {
        let heard = spotter.detections(in: take.samples).map { model.description.words[Int($0.word)] }
        if let known = heard.first(where: { !OwnWord.haveSameName($0, name) }) { throw .knownWord(known) }
    }

    /// Fits a word.
    ///
    /// - Parameters:
    ///   - name: what it is called; see `OwnWord`. A word of the model is taken further: it is heard as it was, and in these
    ///     takes' voices, too.
    ///   - isWakeWord: counts for a word of one's own only.
    ///   - rate: false alarms an hour that it may have.
    ///   - refuse: gets each take that is left out, and why.
    ///   - progress: gets how much is done, 0 to 1.
    /// Throws `EnrolmentError` where the takes make no word, `OwnWordError` where the name is none.
    public func teach(
        _ name: String, takes: [Take], isWakeWord: Bool = true, alarmsPerHour rate: Double = alarmsPerHour,
        refuse: (Take, TakeProblem) -> Void = { _, _ in }, progress: (Double) -> Void = { _ in }
    ) throws -> Result {
        var known: [String] = []
        var kept: [Take] = []
        for take in takes {
            do throws(TakeProblem) {
                if let other = kept.first(where: { take.isSameRecording(as: $0) }) { throw .sameAs(other.name) }
                try judge(take, of: name)
                kept.append(take)
            } catch {
                refuse(take, error)
                if case .knownWord(let word) = error { known.append(word) }
            }
        }
        if let word = known.first, known.count * 2 >= takes.count { throw EnrolmentError.insideKnownWord(word) }
        try require(kept.count)
        let smoothingHops = DecisionPolicy(model.description).smoothingHops
        var heard: [HeardTake] = []
        for (index, take) in kept.enumerated() {
            heard.append(
                HeardTake(take, variants: variants, embedder: embedder, smoothingHops: smoothingHops))
            progress(Double(index + 1) / Double(kept.count + 1))
        }
        let unlike = Set(heard.filter { isUnlike($0, heard) }.map(\.name))
        for take in kept where unlike.contains(take.name) { refuse(take, .unlikeOthers) }
        heard.removeAll { unlike.contains($0.name) }
        guard heard.count * 2 > kept.count else { throw EnrolmentError.takesUnlikeEachOther }
        try require(heard.count)
        let original = keywords.first { OwnWord.haveSameName($0, name) }
        let others = zip(keywords, bank.keywords).filter { $0.0 != original }
        let loose = fit(heard, rate)
        let fit = loose.apart(from: others.map(\.1))
        if let original, !isLike(original, fit) { throw EnrolmentError.unlikeKnownWord(original) }
        if let nearest = others.max(by: { loose.score($0.1) < loose.score($1.1) }), loose.score(nearest.1) > 0,
            Double(heard.count { $0.score(fit) > 0 }) < Self.leastHeard * Double(heard.count)
        {
            throw EnrolmentError.insideKnownWord(nearest.0)
        }
        let expectation = Expectation(of: heard, fit, bank: bank, others: others) {
            self.fit($0, rate).apart(from: others.map(\.1))
        }
        let usual = fit.tail.alarmsPerHour(at: heard.map { $0.scores(fit).median }.median)
        guard usual < Self.mostAlarmsPerHour else { throw EnrolmentError.notTellable(alarmsPerHour: usual) }
        progress(1)
        let isWakeWord = original.map(model.description.wakeWords.contains) ?? isWakeWord
        return Result(word: try word(original ?? name, fit, isWakeWord, expectation), expectation: expectation)
    }

    /// Whether a word of the model is among those that are nearest to what was said.
    private func isLike(_ keyword: String, _ fit: WordFit) -> Bool {
        let nearest = zip(keywords, bank.keywords.map(fit.nearness)).sorted { $0.1 > $1.1 }.map(\.0)
        return nearest.prefix(max(1, keywords.count / 5)).contains(keyword)
    }

    private func require(_ count: Int) throws(EnrolmentError) {
        guard count >= Self.takes.lowerBound else { throw .tooFewTakes(count) }
        guard count <= Self.takes.upperBound else { throw .tooManyTakes(count) }
    }

    private func fit(_ takes: [HeardTake], _ rate: Double) -> WordFit {
        WordFit(
            takes.map(\.allWindows), against: bank, alarmsPerHour: rate, hopSamples: model.description.hopSamples)
    }

    /// A take that the others would hear worse than what comes in other speech once a minute.
    private func isUnlike(_ take: HeardTake, _ all: [HeardTake]) -> Bool {
        let others = all.filter { $0.name != take.name }
        guard others.count >= 2 else { return false }
        let fit = fit(others, Self.alarmsPerHour)
        return take.fused(fit) < fit.tail.threshold(alarmsPerHour: 60)
    }

    private func word(
        _ name: String, _ fit: WordFit, _ isWakeWord: Bool, _ expectation: Expectation
    ) throws(OwnWordError) -> OwnWord {
        let description = model.description
        return try OwnWord(
            name: name, model: description.name, modelVersion: description.version,
            first: fit.first.kept(trunk: description.sha256),
            second: fit.second.flatMap { second in
                description.secondLook.map {
                    OwnWord.Second(
                        head: second.kept(trunk: $0.sha256), candidateScore: fit.candidateScore,
                        weight: WordFit.secondWeight)
                }
            },
            thresholdScore: 0, isWakeWord: isWakeWord, card: expectation.card)
    }
}
