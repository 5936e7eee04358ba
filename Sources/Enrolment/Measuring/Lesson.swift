import Evaluation

/// One teaching of a word: who teaches it together, and with which recordings.
struct Lesson: Sendable {
    /// What one of them is asked for.
    struct Turn: Sendable {
        /// How many takes are wanted.
        let takes: Int
        /// The speaker's recordings of the word in the order in which they are asked for, as indices: one that does not serve
        /// as a take is followed by the next.
        let recordings: [Int]
    }

    let word: String
    let speakers: [String]
    let turns: [Turn]

    /// Draws who teaches what. The same folder and plan give the same lessons, and no word's depend on the others.
    ///
    /// Only who has a recording more than takes are wanted teaches a word; of one word no two lessons share a speaker.
    static func drawn(from recordings: [SpokenWords.Recording], _ plan: OwnWordEvaluation.Plan) -> [Lesson] {
        let byWord = Dictionary(grouping: recordings.indices) { recordings[$0].word }
        let able = byWord.sorted { $0.key < $1.key }.compactMap { word, all -> (String, [String: [Int]])? in
            let bySpeaker = Dictionary(grouping: all) { recordings[$0].speaker }
                .filter { $0.value.count > plan.takesOfOne(0) }
            return bySpeaker.count < plan.speakers ? nil : (word, bySpeaker)
        }
        let count = min(plan.mostWords ?? able.count, able.count)
        return (0..<count).flatMap { index -> [Lesson] in
            let (word, bySpeaker) = able[index * able.count / count]
            return lessons(word, bySpeaker, plan)
        }
    }

    private static func lessons(
        _ word: String, _ bySpeaker: [String: [Int]], _ plan: OwnWordEvaluation.Plan
    ) -> [Lesson] {
        var generator = SplitMix64(name: "who teaches \(word)")
        let order = bySpeaker.keys.sorted().shuffled(using: &generator)
        return (0..<min(plan.teachings, order.count / plan.speakers)).map { number in
            let speakers = Array(order[number * plan.speakers..<(number + 1) * plan.speakers])
            let turns = speakers.enumerated().map { place, speaker in
                var generator = SplitMix64(name: "takes of \(word) by \(speaker)")
                return Turn(
                    takes: plan.takesOfOne(place),
                    recordings: (bySpeaker[speaker] ?? []).shuffled(using: &generator))
            }
            return Lesson(word: word, speakers: speakers, turns: turns)
        }
    }
}

extension OwnWordEvaluation.Plan {
    /// How many of the takes the speaker at a place says: as many as the others, or the first ones one more.
    func takesOfOne(_ place: Int) -> Int { takes / speakers + (place < takes % speakers ? 1 : 0) }
}
