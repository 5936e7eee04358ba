import Spotting
import Testing
import TestSupport

/// What a decision keeps and forgets when the stream or the policy changes.
struct DecisionStateTests {
    @Test
    func `a gap forgets what was heard before it`() throws {
        for hopsBefore in 1...5 {
            var decision = Decision(try PosteriorSequence.policy())
            var before = PosteriorSequence()
            before.add(0, 0.95, hops: hopsBefore)
            #expect(before.events(from: &decision).isEmpty)
            decision.restart()
            var after = PosteriorSequence()
            // Not enough for a word, unless what was before the gap counts.
            after.add(0, 0.95, hops: 2)
            after.addOther(hops: 20)
            #expect(after.events(from: &decision, first: hopsBefore).isEmpty, "\(hopsBefore) hops before the gap")
        }
    }

    @Test
    func `after a gap a word is as easily heard as at the start`() throws {
        var spoken = PosteriorSequence()
        spoken.add(0, 0.95, hops: 10)
        let policy = try PosteriorSequence.policy()
        var decision = Decision(policy)
        var before = PosteriorSequence()
        before.add([0.3, 0.3, 0.2, 0.2])
        before.add([0, 0, 1, 0])
        _ = before.events(from: &decision)
        decision.restart()
        #expect(spoken.events(from: &decision) == spoken.events(policy))
    }

    @Test
    func `a gap does not make a word count twice`() throws {
        var decision = Decision(try PosteriorSequence.immediatePolicy())
        var spoken = PosteriorSequence()
        spoken.add(0, 0.9, hops: 1)
        #expect(spoken.events(from: &decision).count == 1)
        decision.restart()
        var again = PosteriorSequence()
        again.addOther(hops: 3)
        again.add(0, 0.99, hops: 3)
        #expect(again.events(from: &decision, first: 1).isEmpty)
        again.addOther(hops: 3)
        #expect(again.events(from: &decision, first: 40).count == 1)
    }

    @Test
    func `another policy counts from the next hop, and keeps when words were heard`() throws {
        var policy = try PosteriorSequence.immediatePolicy()
        var decision = Decision(policy)
        var spoken = PosteriorSequence()
        spoken.add(0, 0.9, hops: 1)
        #expect(spoken.events(from: &decision).count == 1)
        policy.words[0].threshold = 0.5
        policy.words[1].after = [0]
        policy.crossWordRefractorySamples = 0
        decision.apply(policy)
        var after = PosteriorSequence()
        after.addOther(hops: 1)
        after.add(0, 0.6, hops: 1)
        after.add(1, 0.9, hops: 1)
        after.addOther(hops: 20)
        after.add(0, 0.6, hops: 1)
        #expect(after.events(from: &decision, first: 1).map(\.word) == [1, 0])
    }
}
