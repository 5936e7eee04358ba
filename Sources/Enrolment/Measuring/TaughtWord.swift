import Audio
import Evaluation
import Models
import Spotting
import Time

/// A word that was taught to be measured, or refused, and how it was heard.
public struct TaughtWord: Sendable {
    public let word: String
    public let speakers: [String]
    /// The recordings that teaching got, by name.
    public private(set) var takes: [String] = []
    /// Why it was not taught; nil if it was.
    public private(set) var refusal: (any Error)?
    /// Recordings that did not serve as takes, by name, and why.
    public private(set) var leftOut: [(recording: String, problem: TakeProblem)] = []
    /// What teaching took, from reading the takes to the word.
    public private(set) var processorSeconds = 0.0
    public internal(set) var counts = OwnWordCounts()

    /// What was taught; nil if it was refused.
    private(set) var own: OwnWord?
    /// Recordings that were asked for as takes, whether they served or not: they measure nothing.
    private(set) var asked: Set<Int> = []
    private(set) var failures: [AudioError] = []

    /// Teaches it as `attune enroll` does at a microphone: what does not serve as a take is said again.
    ///
    /// - Parameter number: tells it from others that are taught. Its own name would do no better: in another language it may
    ///   be one of the model's.
    init(_ lesson: Lesson, number: Int, from recordings: [SpokenWords.Recording], to model: Model) {
        (word, speakers) = (lesson.word, lesson.speakers)
        let (name, started) = ("word \(number)", MonotonicClock.threadSeconds())
        do {
            let enrolment = try Enrolment(model)
            var takes: [Take] = []
            for turn in lesson.turns { takes += ask(turn, name, recordings, enrolment) }
            self.takes = takes.map(\.name)
            own = try enrolment.teach(name, takes: takes, refuse: { leftOut.append(($0.name, $1)) }).word
        } catch {
            refusal = error
        }
        processorSeconds = MonotonicClock.threadSeconds() - started
    }

    private mutating func ask(
        _ turn: Lesson.Turn, _ name: String, _ recordings: [SpokenWords.Recording], _ enrolment: Enrolment
    ) -> [Take] {
        var takes: [Take] = []
        for index in turn.recordings where takes.count < turn.takes {
            asked.insert(index)
            let recording = recordings[index]
            do throws(AudioError) {
                let samples = try MonoReader(path: recording.path).readAll(longestSeconds: Take.longestRecordingSeconds)
                do throws(TakeProblem) {
                    let take = try Take(name: recording.name, samples: samples)
                    try enrolment.judge(take, of: name)
                    takes.append(take)
                } catch {
                    leftOut.append((recording.name, error))
                }
            } catch {
                failures.append(error)
            }
        }
        return takes
    }
}
