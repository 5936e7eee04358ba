import Audio
import Models
import Spotting
import Synchronization
import Time

/// A known clip, or recordings of a word of one's own, that the listening thread hears beside the microphone, a sample of it for every sample that comes in, after it
/// went the way of the microphone's samples (`ClipPath`).
package final class SelfTest: Sendable {
    private static let longestSeconds = 5

    /// The word in the clip.
    package let keyword: String
    /// How long it takes while audio flows: the clip, and a second for the decision.
    package let seconds: Double

    private struct Hearing {
        let spotter: Spotter
        let sound: [Float]
        /// Its labels: a word of the model that was taken further has two.
        let words: Set<Int32>
        var place = 0
        var detection: Detection?
    }

    /// Until `isFinished` the listening thread's, after it everybody's to read.
    nonisolated(unsafe) private var hearing: Hearing
    private let isFinished = Atomic<Bool>(false)

    /// Reads the model's own clip; nil if the model has none.
    ///
    /// - Parameter path: what becomes of it before it is heard; nil without a device.
    package init?(_ model: Model, through path: ClipPath?) throws(AudioError) {
        let description = model.description
        guard let keyword = description.selfTest, let word = description.words.firstIndex(of: keyword) else {
            return nil
        }
        let clip = try MonoReader(path: model.selfTestPath).readAll(longestSeconds: Self.longestSeconds)
        self.keyword = keyword
        let sound = (path?.carry(clip) ?? clip) + Self.pause
        seconds = SampleRate.seconds(sound.count)
        let spotter = Spotter(model, policy: DecisionPolicy(description))
        hearing = Hearing(spotter: spotter, sound: sound, words: [Int32(word)])
    }

    /// Hears a word of one's own in recordings that it was taught with: in one of them, for not every take is like the others.
    ///
    /// - Precondition: the model was taught it.
    package init(of word: OwnWord, _ recordings: [[Float]], _ model: Model, through path: ClipPath?) {
        let labels = model.description.labels
        keyword = word.name
        let sound = recordings.flatMap { (path?.carry($0) ?? $0) + Self.pause }
        seconds = SampleRate.seconds(sound.count)
        // Asked for is whether it is heard, not whether it counts.
        var policy = DecisionPolicy(model.description)
        let own = labels.indices.filter { labels[$0] == word.name }
        for index in own { (policy.words[index].enabled, policy.words[index].after) = (true, []) }
        hearing = Hearing(spotter: Spotter(model, policy: policy), sound: sound, words: Set(own.map(Int32.init)))
    }

    private static let pause = [Float](repeating: 0, count: SampleRate.perSecond)

    /// Goes on by so many samples. On the listening thread; allocates nothing.
    ///
    /// Returns whether that was the end; `finish` is to follow.
    func hear(_ count: Int) -> Bool {
        let end = min(hearing.place + count, hearing.sound.count)
        hearing.sound[hearing.place..<end].withUnsafeBufferPointer { samples in
            hearing.spotter.process(samples) {
                if hearing.detection == nil, hearing.words.contains($0.word) { hearing.detection = $0 }
            }
        }
        hearing.place = end
        return end == hearing.sound.count
    }

    /// Hears it all at once, without a microphone: whether a model is what it claims to be, before it is used.
    package static func passes(_ model: Model) throws(AudioError) -> Bool? {
        guard let test = try SelfTest(model, through: nil) else { return nil }
        while !test.hear(1600) {}
        return test.hearing.detection != nil
    }

    /// The listening thread's last word.
    func finish() { isFinished.store(true, ordering: .releasing) }

    /// What was heard; nil while the clip goes on. Any thread.
    package var answer: Answer? {
        guard isFinished.load(ordering: .acquiring) else { return nil }
        return Answer(detection: hearing.detection)
    }

    package struct Answer {
        /// Nil if the word was not heard.
        package let detection: Detection?
    }
}
