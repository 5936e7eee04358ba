/// Turns the posteriors of window after window into at most one event a spoken word.
///
/// A hop's posteriors are averaged with those before it. A word leads when this score is over its threshold and over
/// every other label; when it has led in enough of the last hops it is a candidate, and is emitted at its peak or a fixed
/// delay after it first led. Then it is silent for its refractory time and until its score has fallen; for a shorter
/// time every other word must score higher than it did. What was heard and is no event, for one of these reasons or
/// because it stayed under its threshold, is told aside.
///
/// One thread; no allocation after `init`.
package struct Decision {
    /// A word that was decided on.
    package struct Event: Equatable {
        package let word: Int
        package let confidence: Float
        package var outcome = Detection.Outcome.keyword
    }

    /// A word that led with at least this part of its threshold is worth a remark.
    private static let nearMissRatio: Float = 0.6

    /// A word that was heard in the last hop's posteriors and is no event.
    package private(set) var aside: Event?

    package private(set) var policy: DecisionPolicy
    private let wordCount: Int
    /// The last posteriors: `[smoothingHops][words]`, the oldest overwritten.
    private var history: [Float]
    private var scores: [Float]
    /// For each word, one bit a hop, the newest lowest: whether it led.
    private var led: [UInt32]
    private var disarmed: [Bool]
    /// For each word, whether it was told aside since its score was last low.
    private var isTold: [Bool]
    /// A word that leads under its threshold, and its highest score so far.
    private var near: (word: Int, peak: Float)?
    /// When each word was last emitted, in samples; nil for never.
    private var lastEvents: [UInt64?]
    private var latest: (sample: UInt64, confidence: Float)?
    private var pending: (word: Int, hops: Int, peak: Float)?
    private var hop = 0

    package init(_ policy: DecisionPolicy) {
        precondition((1...32).contains(policy.smoothingHops) && policy.majorityHops <= policy.smoothingHops)
        self.policy = policy
        wordCount = policy.words.count
        history = Array(repeating: 0, count: policy.smoothingHops * wordCount)
        scores = Array(repeating: 0, count: wordCount)
        led = Array(repeating: 0, count: wordCount)
        disarmed = Array(repeating: false, count: wordCount)
        isTold = Array(repeating: false, count: wordCount)
        lastEvents = Array(repeating: nil, count: wordCount)
    }

    /// Goes on with another policy. Words that may not fire yet, because they just did, still may not.
    package mutating func apply(_ policy: DecisionPolicy) {
        let previous = self
        self = Decision(policy)
        disarmed = previous.disarmed
        lastEvents = previous.lastEvents
        latest = previous.latest
    }

    /// Takes over from the decision of another model: what it emitted counts as emitted here.
    ///
    /// - Parameter places: for each word here, its place among the words there; nil if it is not one of them.
    package mutating func inherit(from other: Decision, places: [Int?]) {
        for (word, place) in places.enumerated() {
            guard let place, let last = other.lastEvents[place], last >= lastEvents[word] ?? 0 else { continue }
            lastEvents[word] = last
            disarmed[word] = other.disarmed[place]
        }
        if let last = other.latest, last.sample >= latest?.sample ?? 0 { latest = last }
    }

    /// Forgets what was heard, but not when words were last emitted: a gap must not make a word count twice.
    package mutating func restart() {
        for index in history.indices { history[index] = 0 }
        for word in 0..<wordCount { led[word] = 0 }
        pending = nil
        near = nil
        hop = 0
    }

    /// Takes the posteriors of one window.
    ///
    /// - Parameters:
    ///   - posteriors: `[words]`, sum 1.
    ///   - sample: the end of the window.
    package mutating func process(_ posteriors: UnsafeBufferPointer<Float>, sample: UInt64) -> Event? {
        aside = nil
        smooth(posteriors)
        let leader = updateLeader(sample: sample)
        return emit(leader: leader, sample: sample)
    }

    private mutating func smooth(_ posteriors: UnsafeBufferPointer<Float>) {
        let slot = hop % policy.smoothingHops * wordCount
        for word in 0..<wordCount {
            history[slot + word] = posteriors[word]
            var sum: Float = 0
            for index in 0..<policy.smoothingHops { sum += history[index * wordCount + word] }
            scores[word] = sum / Float(policy.smoothingHops)
        }
        hop += 1
    }

    /// Finds the word that leads and may fire, and keeps the record of who led and who may fire again.
    private mutating func updateLeader(sample: UInt64) -> Int? {
        var highest = 0
        for word in 1..<wordCount where scores[word] > scores[highest] { highest = word }
        for word in 0..<wordCount {
            led[word] <<= 1
            if scores[word] < policy.words[word].threshold * policy.rearmRatio {
                disarmed[word] = false
                isTold[word] = false
            }
        }
        let threshold = policy.words[highest].threshold
        let isLeading = scores[highest] >= threshold
        watchNearMiss(leader: highest, isUnder: !isLeading)
        guard isLeading else { return nil }
        led[highest] |= 1
        guard let refusal = refusal(of: highest, sample: sample) else { return highest }
        // A word that just fired is that event still.
        if !disarmed[highest], hasMajority(highest) { tell(highest, scores[highest], refusal) }
        return nil
    }

    /// A word that leads under its threshold is told once its score falls.
    private mutating func watchNearMiss(leader: Int, isUnder: Bool) {
        if let known = near, leader != known.word || !isUnder || scores[leader] < 0.7 * known.peak {
            if leader != known.word || isUnder { tell(known.word, known.peak, .nearMiss) }
            near = nil
        }
        let rules = policy.words[leader]
        guard isUnder, rules.enabled, !disarmed[leader], !isTold[leader] else { return }
        if scores[leader] >= Self.nearMissRatio * rules.threshold, scores[leader] > near?.peak ?? 0 {
            near = (leader, scores[leader])
        }
    }

    private mutating func tell(_ word: Int, _ score: Float, _ outcome: Detection.Outcome) {
        guard !isTold[word] else { return }
        isTold[word] = true
        aside = Event(word: word, confidence: score, outcome: outcome)
    }

    /// Why a word that leads may not fire; nil if it may.
    private func refusal(of word: Int, sample: UInt64) -> Detection.Outcome? {
        let rules = policy.words[word]
        guard rules.enabled else { return .disabled }
        guard !disarmed[word] else { return .refractory }
        if let last = lastEvents[word], sample - last < UInt64(rules.refractorySamples) { return .refractory }
        if let latest, sample - latest.sample < UInt64(policy.crossWordRefractorySamples),
            scores[word] <= latest.confidence
        {
            return .outscored
        }
        guard !rules.after.isEmpty else { return nil }
        for other in rules.after {
            if let last = lastEvents[other], sample - last <= UInt64(rules.afterSamples) { return nil }
        }
        return .notAfter
    }

    /// Whether a word has led in enough of the last hops.
    private func hasMajority(_ word: Int) -> Bool {
        let mask = UInt32.max >> UInt32(32 - policy.smoothingHops)
        return (led[word] & mask).nonzeroBitCount >= policy.majorityHops
    }

    private mutating func emit(leader: Int?, sample: UInt64) -> Event? {
        if let leader, pending == nil || pending!.word != leader && scores[leader] > pending!.peak,
            hasMajority(leader)
        {
            pending = (leader, 0, scores[leader])
        }
        guard var candidate = pending else { return nil }
        let falls = scores[candidate.word] < candidate.peak
        candidate.peak = max(candidate.peak, scores[candidate.word])
        guard falls || candidate.hops >= policy.delayHops else {
            candidate.hops += 1
            pending = candidate
            return nil
        }
        pending = nil
        disarmed[candidate.word] = true
        isTold[candidate.word] = true
        lastEvents[candidate.word] = sample
        latest = (sample, candidate.peak)
        return Event(word: candidate.word, confidence: candidate.peak)
    }
}
