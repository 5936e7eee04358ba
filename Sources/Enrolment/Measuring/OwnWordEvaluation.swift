import Audio
import Evaluation
import Models
import Spotting
import Time

/// How well words of one's own are heard: words of a folder are taught by some of its speakers as anybody would teach them, and
/// listened for in all of its other recordings and in running speech.
///
/// Every word is heard as if the model had been taught it alone. The same folders give the same counts.
public struct OwnWordEvaluation: Sendable {
    /// Who teaches how much.
    public struct Plan: Sendable {
        /// Takes that a word is taught with, and by how many speakers together.
        public let takes: Int
        public let speakers: Int
        /// How often each word is taught at most, each time by others.
        public let teachings: Int
        /// So many words are taught, evenly spread over the alphabet; nil for all.
        public let mostWords: Int?

        public init(takes: Int, speakers: Int, teachings: Int, mostWords: Int?) {
            precondition(takes >= speakers && speakers > 0 && teachings > 0 && mostWords ?? 1 > 0)
            (self.takes, self.speakers, self.teachings, self.mostWords) = (takes, speakers, teachings, mostWords)
        }
    }

    /// What takes time.
    public enum Stage: String, Sendable { case teaching, words, speech }

    /// How loud noise is: the level of the word over the noise's.
    public static let signalToNoiseDB = 10.0

    /// Each teaching, by word.
    public private(set) var taught: [TaughtWord] = []
    /// Recordings that could not be used; one may be there more than once.
    public private(set) var failures: [AudioError] = []

    /// Of all words together.
    public var total: OwnWordCounts { taught.reduce(into: OwnWordCounts()) { $0 += $1.counts } }

    private typealias Policy = @Sendable (ModelDescription) -> DecisionPolicy

    /// Nil if nobody in the folder has enough recordings of a word to teach it.
    ///
    /// - Parameters:
    ///   - speech: in which false alarms are counted, but those of what its transcript holds.
    ///   - policy: of a model that was taught a word.
    ///   - progress: gets how much of a stage is done, 0 to 1.
    /// Throws if the model cannot learn words.
    public init?(
        of words: SpokenWords, _ plan: Plan, speech: [Corpus.Background], noise: NoiseSource, model: Model,
        policy: @escaping @Sendable (ModelDescription) -> DecisionPolicy, progress: (Stage, Double) -> Void
    ) async throws(EnrolmentError) {
        _ = try Enrolment(model)
        let recordings = words.recordings
        let lessons = Lesson.drawn(from: recordings, plan)
        guard !lessons.isEmpty else { return nil }
        await teach(lessons, from: recordings, to: model) { progress(.teaching, $0) }
        await hear(recordings, noise, model, policy) { progress(.words, $0) }
        await hear(speech, model, policy) { progress(.speech, $0) }
    }

    private mutating func teach(
        _ lessons: [Lesson], from recordings: [SpokenWords.Recording], to model: Model, progress: (Double) -> Void
    ) async {
        var taught = [TaughtWord?](repeating: nil, count: lessons.count)
        await concurrently(Array(lessons.enumerated())) { number, lesson in
            TaughtWord(lesson, number: number, from: recordings, to: model)
        } gather: { index, word, done in
            taught[index] = word
            progress(Double(done) / Double(lessons.count))
        }
        self.taught = taught.compactMap(\.self)
        failures += self.taught.flatMap(\.failures)
    }

    /// Words that are heard in one pass, as places in `taught`: as many as a daemon hears.
    private var passes: [[Int]] {
        let heard = taught.indices.filter { taught[$0].own != nil }
        return stride(from: 0, to: heard.count, by: OwnWordStore.mostWords).map { first in
            Array(heard[first..<min(first + OwnWordStore.mostWords, heard.count)])
        }
    }

    private func spotter(_ pass: [Int], _ model: Model, _ policy: Policy) -> SeparateSpotter {
        SeparateSpotter(pass.compactMap { taught[$0].own }, to: model, policy: policy)
    }
}

// What is heard in recordings of words.
extension OwnWordEvaluation {
    /// Recordings that are heard one after another by one spotter, each from silence on.
    private struct Shelf: Sendable {
        let pass: [Int]
        let recordings: ArraySlice<Int>
        let isNoisy: Bool

        static let size = 50
    }

    private mutating func hear(
        _ recordings: [SpokenWords.Recording], _ noise: NoiseSource, _ model: Model, _ policy: @escaping Policy,
        progress: (Double) -> Void
    ) async {
        var shelves: [Shelf] = []
        for pass in passes {
            let own = Set(pass.map { taught[$0].word })
            let inNoise = recordings.indices.filter { own.contains(recordings[$0].word) }
            for (all, isNoisy) in [(Array(recordings.indices), false), (inNoise, true)] {
                for first in stride(from: 0, to: all.count, by: Shelf.size) {
                    let some = all[first..<min(first + Shelf.size, all.count)]
                    shelves.append(Shelf(pass: pass, recordings: some, isNoisy: isNoisy))
                }
            }
        }
        let before = self
        await concurrently(shelves) { shelf in
            let spotter = before.spotter(shelf.pass, model, policy)
            return shelf.recordings.map { index -> Result<[Int], AudioError> in
                do throws(AudioError) {
                    spotter.begin()
                    spotter.process(try Self.sound(of: recordings[index], shelf.isNoisy ? noise : nil))
                    return .success(spotter.events)
                } catch {
                    return .failure(error)
                }
            }
        } gather: { index, results, done in
            let shelf = shelves[index]
            for (recording, result) in zip(shelf.recordings, results) {
                switch result {
                case .success(let events):
                    for (place, count) in zip(shelf.pass, events) {
                        if let said = said(in: recordings[recording], recording, shelf.isNoisy, place) {
                            taught[place].counts.add(recording, said, isHeard: count > 0)
                        }
                    }
                case .failure(let error): failures.append(error)
                }
            }
            progress(Double(done) / Double(shelves.count))
        }
    }

    /// What a recording is to a word that was taught; nil if it measures nothing.
    private func said(
        in recording: SpokenWords.Recording, _ index: Int, _ isNoisy: Bool, _ place: Int
    ) -> OwnWordCounts.Said? {
        let word = taught[place]
        let isSame = word.speakers.contains(recording.speaker)
        if recording.word == word.word {
            guard !word.asked.contains(index) else { return nil }
            return isSame ? isNoisy ? .sameSpeakerInNoise : .sameSpeaker : isNoisy ? .othersInNoise : .others
        }
        return isNoisy ? nil : isSame ? .otherWordOfSameSpeaker : .otherWordOfOthers
    }

    /// A recording with what comes before it and after it: silence, or the noise that is under it, too.
    private static func sound(
        of recording: SpokenWords.Recording, _ noise: NoiseSource?
    ) throws(AudioError) -> [Float] {
        let clip = try readClip(recording.path)
        let (before, after) = (SampleRate.perSecond / 2, SampleRate.perSecond)
        var sound = [Float](repeating: 0, count: before) + clip + [Float](repeating: 0, count: after)
        guard let noise else { return sound }
        // The silence around a word says nothing of how loud it is.
        let level = SpokenSpan(in: clip).map { Float.amplitude(decibels: Double($0.levelDB)) } ?? rootMeanSquare(clip)
        var generator = SplitMix64(name: recording.name)
        let bed = noise.cut(samples: sound.count, using: &generator)
        let gain = level / .amplitude(decibels: signalToNoiseDB)
        for index in sound.indices { sound[index] += gain * bed[index] }
        return sound
    }
}

// What is heard in running speech.
extension OwnWordEvaluation {
    private mutating func hear(
        _ speech: [Corpus.Background], _ model: Model, _ policy: @escaping Policy, progress: (Double) -> Void
    ) async {
        let items = passes.flatMap { pass in speech.map { (pass: pass, recording: $0) } }
        let before = self
        await concurrently(items) { pass, recording -> Result<(events: [Int], samples: Int), AudioError> in
            let spotter = before.spotter(pass, model, policy)
            do throws(AudioError) {
                let reader = try MonoReader(path: recording.path)
                var samples = 0
                while let piece = try reader.next() {
                    spotter.process(piece)
                    samples += piece.count
                }
                spotter.finish()
                return .success((spotter.events, samples))
            } catch {
                return .failure(error)
            }
        } gather: { index, result, done in
            let (pass, recording) = items[index]
            switch result {
            case .success(let (events, samples)):
                let words = pass.map { taught[$0].word }
                let excused = recording.excused(labels: words, wakeWords: Set(words))
                for (number, place) in pass.enumerated() where !excused[number] {
                    taught[place].counts.add(alarms: events[number], samples: samples)
                }
            case .failure(let error): failures.append(error)
            }
            progress(Double(done) / Double(items.count))
        }
    }
}
