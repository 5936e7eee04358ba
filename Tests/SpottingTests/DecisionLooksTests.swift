import Spotting
import Testing

/// When a decision asks the second network, and what comes of what that says.
struct DecisionLooksTests {
    /// Word 0 is asked about from 0.3 on, and needs 0.8 of both together.
    private func policy() throws -> DecisionPolicy {
        var policy = try PosteriorSequence.immediatePolicy()
        policy.words[0].second = SecondOpinion(candidateScore: LogOdds.of(probability: 0.3), weight: 0.5)
        return policy
    }

    private struct Outcome {
        var events: [(hop: Int, event: Decision.Event)] = []
        var asides: [(hop: Int, event: Decision.Event)] = []
        /// The hops at which the second network was asked.
        var asked: [Int] = []
    }

    private func decide(_ spoken: PosteriorSequence, _ policy: DecisionPolicy, second: (Int) -> Float) -> Outcome {
        var decision = Decision(policy)
        var outcome = Outcome()
        for (hop, values) in spoken.hops.enumerated() {
            let event = values.withUnsafeBufferPointer { posteriors in
                decision.process(posteriors, sample: UInt64((hop + 1) * PosteriorSequence.hopSamples), attention: 0) {
                    word in
                    #expect(word == 0)
                    outcome.asked.append(hop)
                    return second(hop)
                }
            }
            if let event { outcome.events.append((hop, event)) }
            if let aside = decision.aside { outcome.asides.append((hop, aside)) }
        }
        return outcome
    }

    private func word(_ posteriors: [Float]) -> PosteriorSequence {
        var spoken = PosteriorSequence()
        spoken.addOther(hops: 3)
        // What it leaves is shared, so that it leads wherever it is over a quarter.
        for posterior in posteriors { spoken.add([posterior] + Array(repeating: (1 - posterior) / 3, count: 3)) }
        spoken.addOther(hops: 10)
        return spoken
    }

    @Test
    func `a word under its threshold is an event if the second network is sure of it`() throws {
        let outcome = decide(word([0.6]), try policy()) { _ in 5 }
        let (hop, event) = try #require(outcome.events.first)
        let first = LogOdds.of(probability: 0.6)
        #expect(outcome.events.count == 1 && hop == 3 && outcome.asked == [3])
        #expect(abs(event.looks!.first - first) < 1e-4 && event.looks!.second == 5)
        #expect(abs(event.score - (first + 5) / 2) < 1e-4 && event.score == event.looks!.fused)
        #expect(outcome.asides.isEmpty)
    }

    @Test
    func `a word that the second network doubts is told once, with what both said at best`() throws {
        let policy = try policy()
        let outcome = decide(word([0.9, 0.9, 0.9]), policy) { _ in -4 }
        #expect(outcome.events.isEmpty && outcome.asked == [3, 4, 5])
        let (hop, aside) = try #require(outcome.asides.first)
        #expect(outcome.asides.count == 1 && hop == 6 && aside.outcome == .doubted && aside.looks!.second == -4)
        #expect(aside.score < aside.threshold && aside.threshold == policy.words[0].thresholdScore)
    }

    @Test
    func `it is asked at every hop at which the first keeps to it, twelve times at most`() throws {
        let uneven = decide(word([0.4, 0.42, 0.6, 0.81, 0.5, 0.95, 0.4]), try policy()) { _ in -40 }
        #expect(uneven.asked == Array(3...9))
        let long = decide(word(Array(repeating: 0.9, count: 20)), try policy()) { _ in -40 }
        #expect(long.asked == Array(3..<15))
        let confirmed = decide(word([0.4, 0.5, 0.82, 0.9]), try policy()) { $0 == 5 ? 6 : -3 }
        #expect(confirmed.asked == [3, 4, 5] && confirmed.events.map(\.hop) == [5] && confirmed.asides.isEmpty)
    }

    @Test
    func `nobody is asked about a word that may not fire, or that leads nothing`() throws {
        var policy = try policy()
        policy.words[0].after = [1]
        #expect(decide(word([0.9, 0.9]), policy) { _ in 9 }.asked.isEmpty)
        policy.words[0].after = []
        #expect(decide(word([0.29, 0.25]), policy) { _ in 9 }.asked.isEmpty)
        policy.words[0].enabled = false
        #expect(decide(word([0.9]), policy) { _ in 9 }.asked.isEmpty)
    }

    @Test
    func `a gap ends a doubt, and asks anew`() throws {
        var decision = Decision(try policy())
        var asked = 0
        for _ in 0..<2 {
            for values in word([0.9]).hops.prefix(4) {
                _ = values.withUnsafeBufferPointer {
                    decision.process($0, sample: 1280, attention: 0) { _ in
                        asked += 1; return -9
                    }
                }
            }
            decision.restart()
            #expect(decision.aside == nil)
        }
        #expect(asked == 2)
    }
}
