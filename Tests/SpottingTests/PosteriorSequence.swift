import Models
import Spotting
import TestSupport

/// Posteriors hop by hop, and what a `Decision` makes of them.
struct PosteriorSequence {
    /// Three words, then a label that never fires and gets what the words leave.
    static let labels = 4
    static let hopSamples = 1280

    private(set) var hops: [[Float]] = []
    /// How far before the end of each hop's window the attention is, in samples.
    private var attentions: [Int] = []

    /// A word (0 to 2) at this posterior for so many hops, the attention at the window's end.
    mutating func add(_ word: Int, _ posterior: Float, hops count: Int) {
        var values = [Float](repeating: 0, count: Self.labels)
        values[word] = posterior
        values[Self.labels - 1] += 1 - posterior
        for _ in 0..<count { add(values) }
    }

    /// An utterance of a word, which the attention follows back from the window's end.
    mutating func addUtterance(_ word: Int, _ posterior: Float, hops count: Int) {
        add(word, posterior, hops: count)
        for hop in 0..<count { attentions[hops.count - count + hop] = hop * Self.hopSamples }
    }

    mutating func addOther(hops count: Int) { add(Self.labels - 1, 1, hops: count) }

    mutating func add(_ values: [Float]) {
        hops.append(values)
        attentions.append(0)
    }

    /// Some of the hops.
    func part(_ range: some RangeExpression<Int>) -> PosteriorSequence {
        var part = PosteriorSequence()
        (part.hops, part.attentions) = (Array(hops[range]), Array(attentions[range]))
        return part
    }

    /// Read once: it is checked whole each time.
    private static let shipped = Result { try Model(path: Fixture.modelPath).description }

    /// Three words at a threshold of 0.8; all that tests count on is set here, so that defaults can change.
    static func policy() throws -> DecisionPolicy {
        var policy = DecisionPolicy(try shipped.get())
        policy.words = Array(repeating: WordPolicy(threshold: 0.8), count: labels)
        policy.words[labels - 1] = WordPolicy(enabled: false, threshold: .infinity)
        (policy.smoothingHops, policy.majorityHops, policy.delayHops) = (3, 2, 2)
        policy.crossWordRefractorySamples = 6400
        policy.rearmRatio = 0.5
        return policy
    }

    /// A policy that decides on each hop by itself.
    static func immediatePolicy() throws -> DecisionPolicy {
        var policy = try policy()
        (policy.smoothingHops, policy.majorityHops, policy.delayHops) = (1, 1, 0)
        return policy
    }

    func events(_ policy: DecisionPolicy) -> [Heard] {
        var decision = Decision(policy)
        return events(from: &decision)
    }

    /// - Parameter first: how many hops came before.
    func events(from decision: inout Decision, first: Int = 0) -> [Heard] {
        hops.indices.compactMap { index in
            let hop = first + index
            let event = process(index, at: hop, &decision)
            return event.map { Heard(hop: hop, word: $0.word, confidence: $0.confidence) }
        }
    }

    /// What was heard and is no event: "hop word outcome".
    func asides(_ policy: DecisionPolicy) -> [String] {
        var decision = Decision(policy)
        return hops.indices.compactMap { hop in
            _ = process(hop, at: hop, &decision)
            return decision.aside.map { "\(hop) \($0.word) \($0.outcome)" }
        }
    }

    private func process(_ index: Int, at hop: Int, _ decision: inout Decision) -> Decision.Event? {
        hops[index].withUnsafeBufferPointer {
            decision.process($0, sample: UInt64((hop + 1) * Self.hopSamples), attention: attentions[index])
        }
    }

    struct Heard: Equatable {
        let hop: Int
        let word: Int
        let confidence: Float
    }
}
