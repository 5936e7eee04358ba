import Spotting
import Testing

/// What need not wait until it has been heard for as many hops as scores are averaged over.
struct DecisionEarlyTests {
    /// Averages four hops, and needs 0.8, which is 1.386 in log-odds: 0.980 is 2.5 over it.
    private func policy() throws -> DecisionPolicy {
        var policy = try PosteriorSequence.policy()
        (policy.smoothingHops, policy.majorityHops, policy.delayHops) = (4, 2, 0)
        return policy
    }

    private func spoken(_ posteriors: [Float]) -> PosteriorSequence {
        var spoken = PosteriorSequence()
        spoken.addOther(hops: 10)
        for posterior in posteriors { spoken.add(0, posterior, hops: 1) }
        spoken.addOther(hops: 20)
        return spoken
    }

    @Test(arguments: [(Float(0.9999), 11), (0.982, 11), (0.978, 14), (0.85, 14)])
    func `a word far over its threshold is heard with its second hop, any other one as late as ever`(
        posterior: Float, hop: Int
    ) throws {
        let spoken = spoken(Array(repeating: posterior, count: 8))
        let events = spoken.events(try policy())
        #expect(events.map(\.hop) == [hop] && events[0].word == 0)
        #expect(spoken.asides(try policy()).isEmpty, "on its way up and down it is that event")
        // What is told is what had to reach the threshold.
        let score = LogOdds.of(probability: Double(posterior)) - (hop == 11 ? 2.5 : 0)
        #expect(abs(events[0].confidence - LogOdds.probability(score)) < 1e-4)
        #expect(events[0].confidence >= 0.8)
    }

    @Test
    func `one hop is never enough, however sure it is`() throws {
        var policy = try policy()
        #expect(spoken([1]).events(policy).isEmpty && spoken([1, 0, 1]).events(policy).isEmpty)
        policy.majorityHops = 1
        #expect(spoken([1]).events(policy).isEmpty)
        #expect(spoken([1, 1]).events(policy).map(\.hop) == [11])
    }

    @Test
    func `who asks for more hops, or for a delay, is not told early`() throws {
        var policy = try policy()
        policy.majorityHops = 3
        let surely = spoken(Array(repeating: 0.9999, count: 8))
        #expect(surely.events(policy).map(\.hop) == [12])
        policy.majorityHops = 2
        policy.delayHops = 1
        // Of four hops, four are over 0.8, then five.
        #expect(surely.events(policy).map(\.hop) == [15])
    }

    @Test
    func `a word that must not count yet is no event early, and told once, no sooner than ever`() throws {
        var policy = try policy()
        policy.words[0].after = [1]
        let spoken = spoken(Array(repeating: 0.9999, count: 8))
        #expect(spoken.events(policy).isEmpty && spoken.asides(policy) == ["12 0 notAfter"])
    }

    @Test(arguments: [(Float(6), 11), (3, 14)])
    func `a word that was taught is heard as early`(score: Float, hop: Int) throws {
        var policy = try policy()
        policy.words[2].enabled = false
        policy.words[3] = WordPolicy(threshold: 0.8)
        var decision = Decision(policy, taught: 1)
        var heard: [Int] = []
        for index in 0..<30 {
            let event = [0, 0, 1].withUnsafeBufferPointer { posteriors in
                [(10..<18).contains(index) ? score : -9].withUnsafeBufferPointer { taught in
                    decision.process(
                        posteriors, taught: taught, sample: UInt64((index + 1) * PosteriorSequence.hopSamples),
                        attention: 0)
                }
            }
            if event != nil { heard.append(index) }
        }
        #expect(heard == [hop])
    }
}
