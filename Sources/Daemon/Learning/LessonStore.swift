import Enrolment
import Models

/// What was learned, in the files of the state directory: corrections, and words that were taught again among all that were
/// taught. A kill at any point leaves what counted before, or what counts from then on, or corrections alone.
struct LessonStore: Sendable {
    private let taught: TaughtWords
    private let corrections: CorrectionStore
    private let words: OwnWordStore

    /// Nil without a state directory.
    init?(_ taught: TaughtWords) {
        guard let corrections = taught.corrections, let words = taught.store else { return nil }
        (self.taught, self.corrections, self.words) = (taught, corrections, words)
    }

    /// Whether there is something that counted before.
    var canUndo: Bool {
        get throws(OwnWordError) { try corrections.load().before != nil }
    }

    /// The takes that words were taught with, those that are kept and can be read.
    func takes(of names: [String]) throws(OwnWordError) -> [String: [Take]] {
        var takes: [String: [Take]] = [:]
        for name in names {
            takes[name] = Take.kept(try words.takes(of: name))
        }
        return takes
    }

    /// Keeps what was learned, and what counted before it.
    ///
    /// - Returns: whether anything is another than before.
    func keep(_ result: Learner.Result) throws(OwnWordError) -> Bool {
        try taught.write { () throws(OwnWordError) in
            let before = try corrections.load()
            guard result.corrections != before.corrections || !result.words.isEmpty else { return false }
            var wordsBefore: [CorrectionStore.WordBefore] = []
            var takes: [[Int: [UInt8]]] = []
            for name in result.words.map(\.word.name) {
                let known = try words.word(name)
                takes.append(known == nil ? [:] : try words.takes(of: name))
                wordsBefore.append(.init(name: name, word: known, takes: takes[takes.count - 1].keys.sorted()))
            }
            // First how it is undone: what was begun can be taken back.
            try corrections.save(
                CorrectionStore.Content(
                    corrections: result.corrections, before: before.corrections, wordsBefore: wordsBefore))
            for (again, known) in zip(result.words, takes) { try install(again, beside: known) }
            return true
        }
    }

    /// What counted before the last learning counts again.
    ///
    /// - Returns: how many corrections there are then.
    func undo() throws(OwnWordError) -> Int {
        try taught.write { () throws(OwnWordError) in
            let content = try corrections.load()
            guard let before = content.before else { throw OwnWordError("there is nothing to undo") }
            for entry in content.wordsBefore {
                // One that was removed since stays so.
                guard try words.word(entry.name) != nil else { continue }
                if let word = entry.word {
                    let takes = try words.takes(of: entry.name).filter { entry.takes.contains($0.key) }
                    try words.install(word, takes: takes)
                } else {
                    _ = try words.remove(entry.name)
                }
            }
            try corrections.save(CorrectionStore.Content(corrections: before))
            return before.count
        }
    }

    /// The takes that are there stay under their numbers; those that came are put behind them.
    private func install(_ again: TaughtAgain, beside known: [Int: [UInt8]]) throws(OwnWordError) {
        var takes = known
        var number = takes.keys.max() ?? 0
        for take in again.added where takes.count < OwnWordStore.mostTakes {
            number += 1
            takes[number] = take.wav
        }
        try words.install(again.word, takes: takes)
    }
}
