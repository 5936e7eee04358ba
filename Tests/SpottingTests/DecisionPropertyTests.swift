import Spotting
import Testing
import TestSupport

/// What holds for every sequence of posteriors and every policy, tried on random ones.
struct DecisionPropertyTests {
    @Test
    func `whatever comes, no event breaks its policy`() throws {
        var total = 0
        var afterConditions = 0
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let policy = try randomPolicy(&generator)
            let heard = randomPosteriors(hops: 400, &generator)
            let events = heard.events(policy)
            let scores = smoothed(heard.hops, policy)
            for (index, event) in events.enumerated() {
                try check(event, before: Array(events[..<index]), policy, scores, "seed \(seed), hop \(event.hop)")
            }
            total += events.count
            afterConditions += events.count { !policy.words[$0.word].after.isEmpty }
        }
        // Otherwise nothing was tried.
        #expect(total > 1000)
        #expect(afterConditions > 50)
    }

    @Test(arguments: [0, 2])
    func `words that are spoken clearly and apart are each heard once, in their order`(delayHops: Int) throws {
        var policy = try PosteriorSequence.policy()
        policy.delayHops = delayHops
        for seed in 0..<50 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var spoken = PosteriorSequence()
            var words: [Int] = []
            for _ in 0..<30 {
                words.append(Int.random(in: 0..<3, using: &generator))
                spoken.addOther(hops: Int.random(in: 13...30, using: &generator))
                let posterior = Float.random(in: 0.85...1, using: &generator)
                spoken.add(words.last!, posterior, hops: Int.random(in: 4...12, using: &generator))
            }
            spoken.addOther(hops: 10)
            #expect(spoken.events(policy).map(\.word) == words, "seed \(seed)")
        }
    }

    private func check(
        _ event: PosteriorSequence.Heard, before: [PosteriorSequence.Heard], _ policy: DecisionPolicy,
        _ scores: [[Float]], _ comment: Comment
    ) throws {
        let rules = policy.words[event.word]
        func samples(since other: PosteriorSequence.Heard) -> Int {
            (event.hop - other.hop) * PosteriorSequence.hopSamples
        }
        #expect(rules.enabled, comment)
        #expect(event.confidence >= rules.threshold, comment)
        // The confidence is the score of one of the hops since the word became a candidate.
        let recent = scores[...event.hop].suffix(policy.delayHops + 2).map { $0[event.word] }
        #expect(recent.contains { abs(event.confidence - $0) < 1e-5 }, comment)
        #expect(event.confidence > recent.last! - 1e-5, comment)
        if let latest = before.last, samples(since: latest) < policy.crossWordRefractorySamples {
            #expect(event.confidence > latest.confidence, comment)
        }
        if let same = before.last(where: { $0.word == event.word }) {
            #expect(samples(since: same) >= rules.refractorySamples, comment)
            let lowest = try #require(scores[(same.hop + 1)...event.hop].map { $0[event.word] }.min())
            #expect(lowest < rules.threshold * policy.rearmRatio, comment)
        }
        if !rules.after.isEmpty {
            let allowed = rules.afterSamples + policy.delayHops * PosteriorSequence.hopSamples
            #expect(before.contains { rules.after.contains($0.word) && samples(since: $0) <= allowed }, comment)
        }
    }

    private func randomPolicy(_ generator: inout SeededGenerator) throws -> DecisionPolicy {
        var policy = try PosteriorSequence.policy()
        policy.smoothingHops = Int.random(in: 1...5, using: &generator)
        policy.majorityHops = Int.random(in: 1...policy.smoothingHops, using: &generator)
        policy.delayHops = Int.random(in: 0...3, using: &generator)
        policy.crossWordRefractorySamples = Int.random(in: 0...20000, using: &generator)
        policy.rearmRatio = Float.random(in: 0.2...1, using: &generator)
        for word in 0..<3 {
            policy.words[word].enabled = Int.random(in: 0..<6, using: &generator) > 0
            policy.words[word].threshold = Float.random(in: 0.3...0.9, using: &generator)
            policy.words[word].refractorySamples = Int.random(in: 0...40000, using: &generator)
        }
        if Bool.random(using: &generator) {
            policy.words[2].after = [0]
            policy.words[2].afterSamples = Int.random(in: 1000...100_000, using: &generator)
        }
        return policy
    }

    /// Labels take turns to be likely, for a random time each, with noise on top.
    private func randomPosteriors(hops: Int, _ generator: inout SeededGenerator) -> PosteriorSequence {
        var sequence = PosteriorSequence()
        var speaking = 0
        for _ in 0..<hops {
            if Int.random(in: 0..<6, using: &generator) == 0 {
                speaking = Int.random(in: 0..<PosteriorSequence.labels, using: &generator)
            }
            var weights = (0..<PosteriorSequence.labels).map { _ in Float.random(in: 0...1, using: &generator) }
            weights[speaking] += Float.random(in: 0...20, using: &generator)
            let sum = weights.reduce(0, +)
            sequence.add(weights.map { $0 / sum })
        }
        return sequence
    }

    private func smoothed(_ hops: [[Float]], _ policy: DecisionPolicy) -> [[Float]] {
        let early = max(2, policy.majorityHops)
        return hops.indices.map { hop in
            hops[hop].indices.map { word in
                func mean(over count: Int) -> Float {
                    hops[max(0, hop - count + 1)...hop].reduce(0) { $0 + $1[word] } / Float(count)
                }
                let smoothed = mean(over: policy.smoothingHops)
                guard policy.delayHops == 0, early < policy.smoothingHops else { return smoothed }
                let score = LogOdds.of(probability: Double(mean(over: early))) - 2.5
                return max(smoothed, LogOdds.probability(score))
            }
        }
    }
}
