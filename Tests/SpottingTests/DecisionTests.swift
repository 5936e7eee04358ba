import Spotting
import Testing
import TestSupport

struct DecisionTests {
    @Test(arguments: 0...4)
    func `a word gives one event, a fixed delay after it became a candidate`(delayHops: Int) throws {
        var policy = try PosteriorSequence.policy()
        policy.delayHops = delayHops
        var spoken = PosteriorSequence()
        spoken.addOther(hops: 10)
        spoken.add(1, 0.95, hops: 10)
        spoken.addOther(hops: 20)
        let events = spoken.events(policy)
        // The mean of three hops is over 0.8 in the third, and the second such hop makes the candidate.
        #expect(events.map(\.hop) == [10 + 3 + delayHops])
        #expect(events.map(\.word) == [1])
        #expect(abs(events[0].confidence - 0.95) < 1e-6)
    }

    @Test
    func `a word whose score falls is not waited for, and has its peak as confidence`() throws {
        var policy = try PosteriorSequence.policy()
        policy.delayHops = 20
        var spoken = PosteriorSequence()
        for posterior: Float in [0.5, 0.85, 0.9, 0.95, 0.99] { spoken.add(0, posterior, hops: 1) }
        spoken.addOther(hops: 30)
        let events = spoken.events(policy)
        #expect(events.map(\.hop) == [5])
        #expect(abs(events[0].confidence - (0.9 + 0.95 + 0.99) / 3) < 1e-6)
    }

    @Test
    func `a single peak is no word`() throws {
        var spoken = PosteriorSequence()
        spoken.addOther(hops: 10)
        spoken.add(0, 1, hops: 1)
        spoken.addOther(hops: 10)
        #expect(spoken.events(try PosteriorSequence.policy()).isEmpty)
        var policy = try PosteriorSequence.policy()
        policy.words[0].threshold = 0.3
        policy.majorityHops = 3
        // A third of the score in three hops is over the threshold, but never over the other label.
        #expect(spoken.events(policy).isEmpty)
        #expect(spoken.events(try PosteriorSequence.immediatePolicy()).map(\.hop) == [10])
    }

    @Test(arguments: [(0.79, false), (0.81, true)])
    func `only the threshold of the word itself counts`(posterior: Double, fires: Bool) throws {
        var policy = try PosteriorSequence.policy()
        for word in 1..<3 { policy.words[word].threshold = 0.1 }
        var spoken = PosteriorSequence()
        spoken.add(0, Float(posterior), hops: 20)
        #expect(spoken.events(policy).isEmpty == !fires)
    }

    @Test
    func `two words that share the score give no event`() throws {
        var policy = try PosteriorSequence.policy()
        for word in 0..<3 { policy.words[word].threshold = 0.5 }
        var spoken = PosteriorSequence()
        for _ in 0..<20 { spoken.add([0.48, 0.52, 0, 0]) }
        #expect(spoken.events(policy).map(\.word) == [1])
        policy.words[1].enabled = false
        #expect(spoken.events(policy).isEmpty)
    }

    @Test(arguments: [(12, 1), (14, 2)])
    func `a word is not heard again within its refractory time`(hopsBetween: Int, count: Int) throws {
        // 16,000 samples are 12.5 hops.
        var spoken = PosteriorSequence()
        spoken.add(0, 0.9, hops: 1)
        spoken.addOther(hops: hopsBetween - 1)
        spoken.add(0, 0.9, hops: 1)
        #expect(spoken.events(try PosteriorSequence.immediatePolicy()).count == count)
    }

    @Test(arguments: [(Float(0.5), 1), (0.41, 1), (0.39, 2)])
    func `a word is heard again only once its score has fallen`(lowest: Float, count: Int) throws {
        var spoken = PosteriorSequence()
        spoken.add(0, 0.95, hops: 50)
        spoken.add(0, lowest, hops: 10)
        spoken.add(0, 0.95, hops: 50)
        #expect(spoken.events(try PosteriorSequence.policy()).count == count)
    }

    @Test(arguments: [(Float(0.85), 3, 1), (0.95, 3, 2), (0.9, 3, 1), (0.85, 4, 1), (0.85, 5, 2)])
    func `shortly after a word another one must score higher`(posterior: Float, hopsLater: Int, count: Int) throws {
        // 6,400 samples are 5 hops.
        var spoken = PosteriorSequence()
        spoken.add(0, 0.9, hops: 1)
        spoken.addOther(hops: hopsLater - 1)
        spoken.add(1, posterior, hops: 1)
        spoken.addOther(hops: 5)
        #expect(spoken.events(try PosteriorSequence.immediatePolicy()).count == count)
    }

    @Test
    func `a stronger word takes the place of a candidate`() throws {
        var policy = try PosteriorSequence.policy()
        (policy.smoothingHops, policy.majorityHops, policy.delayHops) = (1, 1, 5)
        for word in 0..<3 { policy.words[word].threshold = 0.4 }
        var spoken = PosteriorSequence()
        spoken.add([0.5, 0, 0, 0.5])
        spoken.add([0.3, 0.7, 0, 0])
        spoken.addOther(hops: 20)
        #expect(spoken.events(policy).map(\.word) == [1])
    }

    @Test(arguments: [(nil, []), (1, [0, 2]), (19, [0, 2]), (21, [0]), (60, [0])] as [(Int?, [Int])])
    func `a word with a condition counts only soon after another one`(hopsLater: Int?, words: [Int]) throws {
        var policy = try PosteriorSequence.immediatePolicy()
        policy.crossWordRefractorySamples = 0
        policy.words[2].after = [0, 1]
        policy.words[2].afterSamples = 20 * PosteriorSequence.hopSamples
        var spoken = PosteriorSequence()
        spoken.addOther(hops: 5)
        if let hopsLater {
            spoken.add(0, 0.9, hops: 1)
            spoken.addOther(hops: hopsLater - 1)
        }
        spoken.add(2, 0.9, hops: 1)
        spoken.addOther(hops: 5)
        #expect(spoken.events(policy).map(\.word) == words)
    }

    @Test
    func `words that are not listened for give no event`() throws {
        var policy = try PosteriorSequence.policy()
        policy.words[0].enabled = false
        var spoken = PosteriorSequence()
        spoken.add(0, 1, hops: 20)
        spoken.add(3, 1, hops: 20)
        #expect(spoken.events(policy).isEmpty)
    }

    @Test
    func `a word that stays under its threshold is a near miss, told once when its score falls`() throws {
        var spoken = PosteriorSequence()
        spoken.add(0, 0.7, hops: 10)
        spoken.addOther(hops: 10)
        spoken.add(1, 0.4, hops: 10)
        spoken.addOther(hops: 10)
        let policy = try PosteriorSequence.policy()
        #expect(spoken.events(policy).isEmpty)
        #expect(spoken.asides(policy) == ["10 0 nearMiss"], "and 0.4 is not even near")
    }

    @Test
    func `a word that becomes an event was no near miss on its way up or down`() throws {
        var spoken = PosteriorSequence()
        for posterior: Float in [0.6, 0.7, 0.9, 0.95, 0.95, 0.7, 0.6, 0.5, 0.2] { spoken.add(0, posterior, hops: 2) }
        spoken.addOther(hops: 10)
        let policy = try PosteriorSequence.policy()
        #expect(spoken.events(policy).count == 1)
        #expect(spoken.asides(policy).isEmpty)
    }

    @Test
    func `a word that its policy holds back is told once, with the reason`() throws {
        var policy = try PosteriorSequence.immediatePolicy()
        policy.words[1].enabled = false
        policy.words[2].after = [0]
        var spoken = PosteriorSequence()
        spoken.add(1, 0.9, hops: 3)
        spoken.addOther(hops: 3)
        spoken.add(2, 0.9, hops: 3)
        spoken.addOther(hops: 3)
        #expect(spoken.asides(policy) == ["0 1 disabled", "6 2 notAfter"])
        spoken.add(0, 0.95, hops: 1)
        spoken.addOther(hops: 1)
        spoken.add(0, 0.9, hops: 2)
        spoken.add(2, 0.9, hops: 1)
        spoken.addOther(hops: 1)
        #expect(spoken.asides(policy).suffix(2) == ["14 0 refractory", "16 2 outscored"])
        #expect(spoken.events(policy).map(\.word) == [0])
    }

    @Test(arguments: [7, 8, 11, 12])
    func `a word that is said again before its score has fallen is another event`(hops: Int) throws {
        var policy = try PosteriorSequence.policy()
        policy.words[1].refractorySamples = 0
        var spoken = PosteriorSequence()
        for _ in 0..<8 { spoken.addUtterance(1, 0.95, hops: hops) }
        let events = spoken.events(policy)
        #expect(events.map(\.word) == Array(repeating: 1, count: 8))
        #expect(events.map { $0.hop % hops } == Array(repeating: events[0].hop, count: 8), "each as soon as the first")
        #expect(spoken.asides(policy).isEmpty)
    }

    @Test
    func `what is said again within the refractory time is told once, and is no event later`() throws {
        var spoken = PosteriorSequence()
        for _ in 0..<4 { spoken.addUtterance(1, 0.95, hops: 11) }
        spoken.addOther(hops: 20)
        let policy = try PosteriorSequence.policy()
        #expect(spoken.events(policy).map(\.hop) == [5, 27])
        #expect(spoken.asides(policy) == ["14 1 refractory", "36 1 refractory"])
    }
}
