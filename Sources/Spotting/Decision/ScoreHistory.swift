/// The last posteriors of each word, and the score that they give it: see ``Smoothing``.
///
/// One thread; no allocation after `init` but in `apply`.
struct ScoreHistory {
    /// Of each word, in log-odds.
    private(set) var scores: [Float]
    /// What of them comes of the last `earlyHops` alone, the margin taken off: -infinity where nothing is early.
    private(set) var earlyScores: [Float]

    private var smoothing: Smoothing
    private let wordCount: Int
    /// Those of them that compete for one sum of probabilities; the others were taught.
    private let modelWordCount: Int
    /// The last posteriors: `[hops][words]`, the oldest overwritten.
    private var posteriors: [Float]
    /// For each word that was taught, the probability that it is not that word: `[hops][taught]`.
    private var rests: [Float]
    /// For each of the last hops, the posteriors that were taken out of `posteriors`: they are not the word that had them.
    private var forgotten: [Float]
    /// The posteriors averaged.
    private var means: [Float]
    private var hop = 0

    private var taughtCount: Int { wordCount - modelWordCount }

    init(words: Int, taught: Int, _ smoothing: Smoothing) {
        self.smoothing = smoothing
        wordCount = words
        modelWordCount = words - taught
        posteriors = Array(repeating: 0, count: smoothing.hops * words)
        rests = Array(repeating: 1, count: smoothing.hops * taught)
        forgotten = Array(repeating: 0, count: smoothing.hops)
        means = Array(repeating: 0, count: words)
        scores = Array(repeating: 0, count: words)
        earlyScores = Array(repeating: -.infinity, count: words)
    }

    /// Goes over other hops from the next one on; those that are there count.
    mutating func apply(_ smoothing: Smoothing) {
        let before = self.smoothing
        self.smoothing = smoothing
        guard smoothing.hops != before.hops else { return }
        let (kept, keptForgotten, keptRests) = (posteriors, forgotten, rests)
        let taught = taughtCount
        posteriors = Array(repeating: 0, count: smoothing.hops * wordCount)
        rests = Array(repeating: 1, count: smoothing.hops * taught)
        forgotten = Array(repeating: 0, count: smoothing.hops)
        for age in 1...max(1, min(hop, before.hops, smoothing.hops)) where age <= hop {
            let (from, to) = ((hop - age) % before.hops, (hop - age) % smoothing.hops)
            posteriors.replaceSubrange(
                to * wordCount..<(to + 1) * wordCount, with: kept[from * wordCount..<(from + 1) * wordCount])
            rests.replaceSubrange(to * taught..<(to + 1) * taught, with: keptRests[from * taught..<(from + 1) * taught])
            forgotten[to] = keptForgotten[from]
        }
    }

    /// As if nothing had come.
    mutating func reset() {
        for index in posteriors.indices { posteriors[index] = 0 }
        for index in rests.indices { rests[index] = 1 }
        for index in forgotten.indices { forgotten[index] = 0 }
        hop = 0
        for word in 0..<wordCount { (scores[word], earlyScores[word]) = (0, -.infinity) }
    }

    /// Takes the posteriors out that a word of the model had so far: they count as something else.
    mutating func forget(_ word: Int) {
        for slot in 0..<smoothing.hops {
            forgotten[slot] += posteriors[slot * wordCount + word]
            posteriors[slot * wordCount + word] = 0
        }
    }

    /// Takes the posteriors of the model's words, and the scores of those that were taught, in log-odds.
    mutating func append(_ values: UnsafeBufferPointer<Float>, taught: UnsafeBufferPointer<Float>) {
        let slot = hop % smoothing.hops
        forgotten[slot] = 0
        for (word, posterior) in values.enumerated() { posteriors[slot * wordCount + word] = posterior }
        for (word, score) in taught.enumerated() {
            posteriors[slot * wordCount + modelWordCount + word] = LogOdds.probability(score)
            rests[slot * taught.count + word] = LogOdds.probability(-score)
        }
        hop += 1
        score(over: smoothing.hops)
        guard smoothing.earlyHops > 0 else {
            for word in 0..<wordCount { earlyScores[word] = -.infinity }
            return
        }
        swap(&scores, &earlyScores)
        score(over: smoothing.earlyHops)
        swap(&scores, &earlyScores)
        for word in 0..<wordCount {
            earlyScores[word] -= Smoothing.earlyMargin
            scores[word] = max(scores[word], earlyScores[word])
        }
    }

    /// Writes to `scores` the log-odds of the means over the last hops.
    private mutating func score(over hops: Int) {
        // Of hops that have not come, nothing is likely but that there is no word.
        var others = Float(hops - min(hop, hops)) / Float(hops)
        for word in 0..<wordCount { means[word] = 0 }
        for slot in 0..<smoothing.hops where isAmongLast(hops, slot) {
            others += forgotten[slot] / Float(hops)
            for word in 0..<wordCount { means[word] += posteriors[slot * wordCount + word] }
        }
        var highest = 0
        for word in 0..<wordCount {
            means[word] /= Float(hops)
            if word < modelWordCount, means[word] > means[highest] { highest = word }
        }
        for word in 0..<modelWordCount where word != highest { others += means[word] }
        for word in 0..<modelWordCount {
            // Only the highest can be so near to 1 that what is left must be summed and not subtracted.
            let rest = word == highest ? others : others - means[word] + means[highest]
            scores[word] = LogOdds.of(means[word], against: rest)
        }
        for word in modelWordCount..<wordCount {
            var rest: Float = 0
            for slot in 0..<smoothing.hops where isAmongLast(hops, slot) {
                rest += rests[slot * taughtCount + word - modelWordCount]
            }
            scores[word] = LogOdds.of(means[word], against: rest / Float(hops))
        }
    }

    private func isAmongLast(_ hops: Int, _ slot: Int) -> Bool {
        let latest = (hop - 1) % smoothing.hops
        return (latest + smoothing.hops - slot) % smoothing.hops < hops
    }
}
