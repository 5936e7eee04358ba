/// Turns the posteriors of window after window into at most one event a spoken word.
///
/// A hop's posteriors are averaged with those before it; a word's score is the log-odds of that, over few hops where it is far
/// over its threshold in them, else over more: see ``Smoothing``. It leads when its score is over its threshold and over every
/// other label; when it has led in enough of the last hops it is a candidate, and is emitted at once, or, where the policy has a
/// delay, at its peak or so long after it first led. Where a second network takes part, a word leads from a lower
/// score on, and is emitted if both scores together are over its threshold. Then it is silent for its refractory time, and
/// until its score has fallen or the network's attention has gone on to a later sound: the window is long enough for two
/// utterances of a short word, between which the score does not fall. For a shorter time every other word must score higher
/// than it did. A word that was taught has a score of its own, which competes with no label of the model: of it and the
/// model's leader, the one further over its threshold leads. What was heard and is no event, for one of these reasons or because
/// it stayed under its threshold or was doubted, is told aside.
///
/// One thread; no allocation after `init`.
package struct Decision {
    /// A word that was decided on.
    package struct Event: Equatable {
        package let word: Int
        /// In log-odds, and what it had to reach.
        package let score: Float
        package let threshold: Float
        package var outcome = Detection.Outcome.keyword
        package var looks: Looks?

        package var confidence: Float { LogOdds.probability(score) }
    }

    /// A word that was heard in the last hop's posteriors and is no event.
    package private(set) var aside: Event?
    /// The word that led in the last hop's posteriors and that the second network may be asked about; nil if there is none.
    package private(set) var candidate: Int?

    package private(set) var policy: DecisionPolicy
    private let wordCount: Int
    /// Those of them that compete for one sum of probabilities; the others were taught.
    private let modelWordCount: Int
    private var history: ScoreHistory
    private var bounds: [ScoreBounds]
    /// For each word, one bit a hop, the newest lowest: whether it led.
    private var led: [UInt32]
    private var disarmed: [Bool]
    /// For each word, whether it was told aside since its score was last low.
    private var isTold: [Bool]
    /// A word that leads under its threshold, and its highest score so far.
    private var near: (word: Int, peak: Float)?
    /// When each word was last emitted, in samples; nil for never.
    private var lastEvents: [UInt64?]
    /// The latest event: when, and the first network's score.
    private var latest: (sample: UInt64, score: Float)?
    private var pending: (word: Int, hops: Int, peak: Float, looks: Looks?)?
    private var doubt: Doubt?
    private var leap = AttentionLeap()

    /// - Parameter taught: how many of the policy's words, its last, were taught.
    package init(_ policy: DecisionPolicy, taught: Int = 0) {
        precondition((1...32).contains(policy.smoothingHops) && policy.majorityHops <= policy.smoothingHops)
        self.policy = policy
        wordCount = policy.words.count
        modelWordCount = wordCount - taught
        history = ScoreHistory(words: wordCount, taught: taught, policy.smoothing)
        bounds = policy.words.map { ScoreBounds($0, rearmRatio: policy.rearmRatio) }
        led = Array(repeating: 0, count: wordCount)
        disarmed = Array(repeating: false, count: wordCount)
        isTold = Array(repeating: false, count: wordCount)
        lastEvents = Array(repeating: nil, count: wordCount)
    }

    /// Goes on with another policy. A word that is just being spoken is heard, and words that may not fire yet, because
    /// they just did, still may not.
    package mutating func apply(_ policy: DecisionPolicy) {
        self.policy = policy
        history.apply(policy.smoothing)
        bounds = policy.words.map { ScoreBounds($0, rearmRatio: policy.rearmRatio) }
        doubt = nil
        if let candidate = pending, !policy.words[candidate.word].enabled { pending = nil }
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
        history.reset()
        for word in 0..<wordCount { led[word] = 0 }
        pending = nil
        near = nil
        doubt = nil
        leap = AttentionLeap()
    }

    /// Forgets everything, as if just made.
    package mutating func forget() {
        restart()
        for word in 0..<wordCount {
            (disarmed[word], isTold[word], lastEvents[word]) = (false, false, nil)
        }
        (latest, aside, candidate) = (nil, nil, nil)
    }

    /// Takes the posteriors of one window.
    ///
    /// - Parameters:
    ///   - posteriors: of each of the model's words, sum 1.
    ///   - taught: the scores of those that were taught, in log-odds.
    ///   - sample: the end of the window.
    ///   - attention: how far before the end of the window the sound lies that the network attends to, in samples.
    ///   - look: gives the second network's score of a word for this window, by the policy's ``Smoothing``, too; called only for words whose policy has a second opinion.
    package mutating func process(
        _ posteriors: UnsafeBufferPointer<Float>, taught: UnsafeBufferPointer<Float> = .init(start: nil, count: 0),
        sample: UInt64, attention: Int,
        look: (_ word: Int) -> Float = noSecondNetwork
    ) -> Event? {
        aside = nil
        if leap.follow(attention) { forgetUtterances() }
        history.append(posteriors, taught: taught)
        let leader = updateLeader(sample: sample)
        if let doubt, leader != doubt.word {
            self.doubt = nil
            tell(doubt.word, doubt.best.fused, .doubted, doubt.best)
        }
        return emit(leader: leader, sample: sample, look)
    }

    private var scores: [Float] { history.scores }

    package static func noSecondNetwork(_ word: Int) -> Float {
        preconditionFailure("the policy asks a second network, and there is none")
    }

    /// When the attention leaps to a later sound, what words scored before belongs to the utterances that were told.
    private mutating func forgetUtterances() {
        // A word that was taught is in the window still, whatever the model attends to: its score falls when it leaves.
        for word in 0..<modelWordCount where disarmed[word] {
            (disarmed[word], isTold[word]) = (false, false)
            led[word] = 0
            history.forget(word)
        }
    }

    /// The word that comes first.
    private func first() -> Int {
        var first = 0
        for word in 1..<modelWordCount where scores[word] > scores[first] { first = word }
        for word in modelWordCount..<wordCount where scores[word] >= bounds[word].near && precedes(word, first) {
            first = word
        }
        return first
    }

    /// Whether a word is to be told before another: a word that nobody listens for hides none, and of two that somebody listens
    /// for the one counts that is further over its threshold.
    private func precedes(_ word: Int, _ other: Int) -> Bool {
        guard policy.words[word].enabled == policy.words[other].enabled else { return policy.words[word].enabled }
        return scores[word] - bounds[word].lead > scores[other] - bounds[other].lead
    }

    /// Finds the word that leads and may fire, and keeps the record of who led and who may fire again.
    private mutating func updateLeader(sample: UInt64) -> Int? {
        let highest = first()
        for word in 0..<wordCount {
            led[word] <<= 1
            if scores[word] < bounds[word].rearm {
                disarmed[word] = false
                isTold[word] = false
            }
        }
        let isLeading = scores[highest] >= bounds[highest].lead
        let rules = policy.words[highest]
        candidate = isLeading && rules.enabled && rules.second != nil ? highest : nil
        watchNearMiss(leader: highest, isUnder: !isLeading)
        guard isLeading else { return nil }
        led[highest] |= 1
        guard let refusal = refusal(of: highest, sample: sample) else { return highest }
        // A word that just fired is that event still. Early is no refusal: a hop later it may be allowed.
        if !disarmed[highest], hasMajority(highest) {
            tell(highest, scores[highest], refusal)
            // Nor is one that came too soon an event later, when its time has passed.
            if refusal == .refractory { disarmed[highest] = true }
        }
        return nil
    }

    /// A word that leads under its threshold is told once its score falls.
    private mutating func watchNearMiss(leader: Int, isUnder: Bool) {
        if let known = near,
            leader != known.word || !isUnder
                || LogOdds.probability(scores[leader]) < ScoreBounds.nearMissFall * LogOdds.probability(known.peak)
        {
            if leader != known.word || isUnder { tell(known.word, known.peak, .nearMiss) }
            near = nil
        }
        guard isUnder, policy.words[leader].enabled, !disarmed[leader], !isTold[leader] else { return }
        if scores[leader] >= bounds[leader].near, scores[leader] > near?.peak ?? -.infinity {
            near = (leader, scores[leader])
        }
    }

    private mutating func tell(_ word: Int, _ score: Float, _ outcome: Detection.Outcome, _ looks: Looks? = nil) {
        guard !isTold[word] else { return }
        isTold[word] = true
        // A word that the second network was not asked about missed what the first one's score must reach.
        let threshold = outcome == .nearMiss ? bounds[word].lead : policy.words[word].thresholdScore
        aside = Event(word: word, score: score, threshold: threshold, outcome: outcome, looks: looks)
    }

    /// Why a word that leads may not fire; nil if it may.
    private func refusal(of word: Int, sample: UInt64) -> Detection.Outcome? {
        let rules = policy.words[word]
        guard rules.enabled else { return .disabled }
        guard !disarmed[word] else { return .refractory }
        if let last = lastEvents[word], sample - last < UInt64(rules.refractorySamples) { return .refractory }
        if let latest, sample - latest.sample < UInt64(policy.crossWordRefractorySamples),
            scores[word] <= latest.score
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

    /// Whether a word that has the majority may be emitted: not if the second network takes part and doubts it.
    private mutating func isConfirmed(_ word: Int, _ look: (Int) -> Float) -> (Bool, Looks?) {
        guard let second = policy.words[word].second else { return (true, nil) }
        if doubt?.word == word, !doubt!.asksAgain { return (false, nil) }
        let looks = second.looks(first: scores[word], second: look(word))
        let threshold = policy.words[word].thresholdScore
        guard looks.fused < threshold else {
            doubt = nil
            return (true, looks)
        }
        if doubt?.word == word { doubt!.add(looks) } else { doubt = Doubt(of: word, looks) }
        return (false, looks)
    }

    private func original(of word: Int) -> Int { policy.words[word].original ?? word }

    private mutating func emit(leader: Int?, sample: UInt64, _ look: (Int) -> Float) -> Event? {
        if let leader, pending == nil || pending!.word != leader && scores[leader] > pending!.peak,
            hasMajority(leader) || history.earlyScores[leader] >= bounds[leader].lead
        {
            let (isConfirmed, looks) = isConfirmed(leader, look)
            if isConfirmed { pending = (leader, 0, scores[leader], looks) }
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
        for word in 0..<wordCount where original(of: word) == original(of: candidate.word) {
            disarmed[word] = true
            isTold[word] = true
            lastEvents[word] = sample
        }
        latest = (sample, candidate.peak)
        return Event(
            word: candidate.word, score: candidate.looks?.fused ?? candidate.peak,
            threshold: policy.words[candidate.word].thresholdScore, looks: candidate.looks)
    }
}
