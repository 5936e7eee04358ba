/// What became of spoken keywords, counted by word: each array has one number for each label of the model.
public struct SpokenCounts: Sendable {
    /// How often the word was said.
    public private(set) var spoken: [Int]
    /// Said, and heard while it was said or within a second: at most one a word spoken.
    public private(set) var hits: [Int]
    /// Heard a second time, and more, for one word spoken.
    public private(set) var duplicates: [Int]
    /// Heard where another word was said.
    public private(set) var confusions: [Int]
    /// Heard where no word was said.
    public private(set) var strays: [Int]
    /// Of every hit of a word, in no certain order.
    private var latenciesMilliseconds: [[Double]]

    package init(labels: Int) {
        spoken = Array(repeating: 0, count: labels)
        (hits, duplicates, confusions, strays) = (spoken, spoken, spoken, spoken)
        latenciesMilliseconds = Array(repeating: [], count: labels)
    }

    /// Counts the events of one scene.
    package mutating func add(_ events: [CountedWord], in words: [Scene.Word]) {
        for word in words { spoken[word.word] += 1 }
        var wasHit = Array(repeating: false, count: words.count)
        for event in events {
            let near = words.indices.filter { words[$0].reach.contains(event.sample) }
            let same = near.filter { words[$0].word == event.word }
            if let first = same.first(where: { !wasHit[$0] }) {
                wasHit[first] = true
                hits[event.word] += 1
                latenciesMilliseconds[event.word].append(event.latencyMilliseconds)
            } else if !same.isEmpty {
                duplicates[event.word] += 1
            } else if !near.isEmpty {
                confusions[event.word] += 1
            } else {
                strays[event.word] += 1
            }
        }
    }

    package static func += (total: inout SpokenCounts, part: SpokenCounts) {
        for label in total.spoken.indices {
            total.spoken[label] += part.spoken[label]
            total.hits[label] += part.hits[label]
            total.duplicates[label] += part.duplicates[label]
            total.confusions[label] += part.confusions[label]
            total.strays[label] += part.strays[label]
            total.latenciesMilliseconds[label] += part.latenciesMilliseconds[label]
        }
    }

    /// How many words were said and not heard.
    public func misses(_ words: [Int]) -> Int { words.reduce(0) { $0 + spoken[$1] - hits[$1] } }

    /// From the ends of these words, where they were hit, to the decisions, in milliseconds.
    public func latencies(_ words: [Int]) -> [Double] { words.flatMap { latenciesMilliseconds[$0] } }

    public func total(_ counts: KeyPath<SpokenCounts, [Int]>, _ words: [Int]) -> Int {
        words.reduce(0) { $0 + self[keyPath: counts][$1] }
    }
}
