import Evaluation
import Testing

/// How events become hits, duplicates, confusions and false alarms.
struct CountingTests {
    /// Words 0, 1 and 0, a second each, with 0.8 s between them, the first from 1 s on.
    static func scene() -> Scene {
        var scene = Scene()
        for (word, pause) in [(0, 1.0), (1, 0.8), (0, 0.8)] {
            scene.addPause(seconds: pause)
            scene.add([Float](repeating: 0.1, count: 16000), word: word)
        }
        scene.addPause(seconds: 3)
        return scene
    }

    private func counts(_ events: [(word: Int, seconds: Double)]) -> SpokenCounts {
        var counts = SpokenCounts(labels: 3)
        counts.add(
            events.map { CountedWord(word: $0.word, sample: Int($0.seconds * 16000), latencyMilliseconds: 100) },
            in: Self.scene().words)
        return counts
    }

    @Test
    func `a word is hit while it is said and for a second after`() {
        #expect(counts([]).spoken == [2, 1, 0] && counts([]).misses([0, 1]) == 3)
        for seconds in [1.0, 1.7, 3.0] { #expect(counts([(0, seconds)]).hits == [1, 0, 0], "\(seconds)") }
        let strays = counts([(0, 0.99), (2, 0.5)])
        #expect(strays.hits == [0, 0, 0] && strays.strays == [1, 0, 1] && strays.misses([0]) == 2)
    }

    @Test
    func `a second event of a word is a duplicate, never a second hit`() {
        let counts = counts([(0, 1.5), (0, 2.4), (1, 3.5)])
        #expect(counts.hits == [1, 1, 0] && counts.duplicates == [1, 0, 0])
        #expect(counts.misses([0]) == 1 && counts.misses([1]) == 0 && counts.latencies([0, 1]) == [100, 100])
    }

    @Test
    func `another word is a confusion, where two words reach too`() {
        let between = counts([(2, 2.9)])
        #expect(between.confusions == [0, 0, 1] && between.hits == [0, 0, 0])
        // Word 1 has begun, and word 0 still counts for its second.
        let late = counts([(0, 2.9), (1, 2.95)])
        #expect(late.hits == [1, 1, 0] && late.confusions == [0, 0, 0] && late.strays == [0, 0, 0])
    }

    @Test
    func `counts of scenes add up`() {
        var sum = counts([(0, 1.5), (2, 1.6)])
        sum += counts([(0, 1.5), (0, 1.9), (1, 0.2)])
        #expect(sum.spoken == [4, 2, 0] && sum.hits == [2, 0, 0] && sum.duplicates == [1, 0, 0])
        #expect(sum.confusions == [0, 0, 1] && sum.strays == [0, 1, 0] && sum.latencies([0]) == [100, 100])
    }

    @Test
    func `what a recording may say is neither alarm nor time listened`() {
        let labels = ["left", "no", "computer"]
        func excused(_ speech: Transcript?) -> [Bool] {
            Corpus.Background(path: "a", name: "a", speech: speech).excused(labels: labels, wakeWords: ["computer"])
        }
        #expect(excused(nil) == [false, false, false])
        #expect(excused(Transcript("")) == [true, true, false])
        #expect(excused(Transcript("I know the computer")) == [false, true, true])
        let events = [0, 1, 2, 2].map { CountedWord(word: $0, sample: 8000, latencyMilliseconds: 0) }
        var counts = AlarmCounts(labels: 3)
        counts.add(events, samples: 16000 * 3600, excused: excused(Transcript("")))
        counts.add(events, samples: 16000 * 1800, excused: excused(Transcript("I know")))
        #expect(counts.alarms == [1, 0, 4] && [0, 1, 2].map { counts.hours([$0]) } == [0.5, 0, 1.5])
        #expect(counts.total([0, 2]) == 5 && counts.hours([0, 2]) == 1 && counts.longestHours == 1.5)
    }

    @Test
    func `words are scattered so that none follows itself, the same way in every run`() {
        let words = Array(repeating: "left", count: 20) + Array(repeating: "right", count: 30)
        var (first, second) = (SplitMix64(name: "x"), SplitMix64(name: "x"))
        let order = words.scattered(by: \.self, using: &first)
        #expect(order.sorted() == words && order == words.scattered(by: \.self, using: &second))
        #expect(zip(order, order.dropFirst()).prefix(25).allSatisfy { $0 != $1 })
    }
}
