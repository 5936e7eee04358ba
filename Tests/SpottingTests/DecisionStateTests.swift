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

    @Test(arguments: [2, 3, 5])
    func `a word during which another policy came is heard as without it`(smoothingHops: Int) throws {
        var policy = try PosteriorSequence.policy()
        policy.smoothingHops = smoothingHops
        var spoken = PosteriorSequence()
        spoken.addOther(hops: 7)
        spoken.add(0, 0.95, hops: 6)
        spoken.addOther(hops: 8)
        let expected = spoken.events(policy)
        #expect(expected.count == 1)
        for other in 2...5 {
            // As they were, or with as many hops as `other` until then.
            var before = policy
            before.smoothingHops = other
            for hops in 0...spoken.hops.count where other == smoothingHops || hops <= 7 {
                var decision = Decision(before)
                let events = spoken.part(..<hops).events(from: &decision)
                decision.apply(policy)
                let rest = spoken.part(hops...).events(from: &decision, first: hops)
                #expect(events + rest == expected, "policy after \(hops) hops")
            }
        }
    }

    @Test
    func `a word that is not listened for any more does not come after all`() throws {
        var policy = try PosteriorSequence.policy()
        var decision = Decision(policy)
        var spoken = PosteriorSequence()
        spoken.add(0, 0.95, hops: 4)
        #expect(spoken.events(from: &decision).isEmpty, "it waits for its peak")
        spoken.addOther(hops: 8)
        var other = decision
        #expect(spoken.part(4...).events(from: &other, first: 4).count == 1)
        policy.words[0].enabled = false
        decision.apply(policy)
        #expect(spoken.part(4...).events(from: &decision, first: 4).isEmpty)
    }

    @Test
    func `what another model decided is inherited, whatever the order of its words`() throws {
        var before = Decision(try PosteriorSequence.immediatePolicy())
        var spoken = PosteriorSequence()
        spoken.add(2, 0.9, hops: 1)
        #expect(spoken.events(from: &before).count == 1)
        var policy = try PosteriorSequence.immediatePolicy()
        policy.words[1].after = [0]
        // Word 2 there is word 0 here; word 1 is new.
        let places: [Int?] = [2, nil, 0, 3]
        func events(of word: Int, inheriting: Bool) -> Int {
            var decision = Decision(policy)
            if inheriting { decision.inherit(from: before, places: places) }
            var next = PosteriorSequence()
            next.addOther(hops: 6)
            next.add(word, 0.95, hops: 1)
            return next.events(from: &decision, first: 1).count
        }
        #expect(events(of: 0, inheriting: true) == 0 && events(of: 0, inheriting: false) == 1, "it is not told again")
        #expect(events(of: 1, inheriting: true) == 1 && events(of: 1, inheriting: false) == 0, "it opens what follows")
        #expect(events(of: 2, inheriting: true) == 1, "another word is not held up")
    }
}
