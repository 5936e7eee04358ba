import Audio
import Models
import Spotting
import Time

/// Wake words among running speech in noise, after Picovoice's wake-word-benchmark, with what is wrong there mended:
/// sentences that hold a wake word are left out, a spoken word is hit at most once, and the background is speech all
/// through.
///
/// Wake words of the validation clips stand between sentences; all are brought to one level, with noise under everything.
/// Once all words and sentences have been used, they come again in another order with other noise, until the stream is
/// long enough. Other words of the model are not listened for.
public struct Benchmark: Sendable {
    /// What happened to one wake word of which there are recordings, at each threshold of a grid.
    public struct Word: Sendable {
        /// Index into the model's words.
        public let word: Int
        /// Different recordings of it; each is used about as often.
        public let recordings: Int
        public let tradeoff: Tradeoff
    }

    public let words: [Word]
    /// All words together, with one threshold.
    public let together: Tradeoff
    /// Length of the stream, in hours.
    public let hours: Double
    /// Hours of different running speech in it.
    public let speechHours: Double
    /// Sentences that were left out since their transcript holds a wake word.
    public let excludedSentences: Int
    public let failures: [AudioError]

    public static let signalToNoiseDB = 10.0
    private static let speechLevelDB = -26.0
    private static let pauseSeconds = 0.3
    private static let sentencesPerStream = 40

    /// Why there is nothing to measure.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case noWakeWords
        case noSpeech

        public var description: String {
            switch self {
            case .noWakeWords:
                "no clip is a wake word of the model; name the wake words with --wake-words, and give clips of them"
            case .noSpeech: "there is no running speech; give a folder whose manifest.csv lists some"
            }
        }
    }

    /// One part of the stream.
    private struct Stretch: Sendable {
        let number: Int
        /// Sentences, and the clips that follow each.
        let parts: [(sentence: Corpus.Background, clips: [Corpus.Clip])]
    }

    private struct Outcome: Sendable {
        var counts: [SpokenCounts]
        var samples = 0
        var failures: [AudioError] = []
    }

    /// - Parameter policy: the operating point; thresholds are swept around it.
    public init(
        of corpus: Corpus, hours target: Double, noise: NoiseSource, wakeWords: [String], model: Model,
        policy: DecisionPolicy, progress: (Double) -> Void
    ) async throws(Failure) {
        let labels = model.description.words
        let clips = corpus.clips.filter { wakeWords.contains($0.label) }
        guard !clips.isEmpty else { throw .noWakeWords }
        let sentences = corpus.speech.filter { sentence in
            !wakeWords.contains { sentence.speech?.contains($0) == true }
        }
        let lengths = sentences.map { (try? MonoReader(path: $0.path).file.statedSeconds) ?? 0 }
        let speechSeconds = lengths.reduce(0, +)
        guard speechSeconds > 0 else { throw .noSpeech }
        let spokenWords = wakeWords.filter { word in clips.contains { $0.label == word } }
        let wakeIndices = spokenWords.compactMap(labels.firstIndex)
        let sweep = ThresholdSweep(policy, words: Set(wakeIndices))
        let stretches = Self.stretches(
            sentences, clips, seconds: target * 3600,
            secondsPerRound: speechSeconds + Double(clips.count) * 1.3 + Double(sentences.count) * Self.pauseSeconds)
        var total = Outcome(
            counts: Array(repeating: SpokenCounts(labels: labels.count), count: sweep.policies.count))
        var failed: [String: AudioError] = [:]
        await concurrently(stretches) { stretch in
            Self.outcome(of: stretch, sweep, noise, model)
        } gather: { _, part, done in
            for policy in total.counts.indices { total.counts[policy] += part.counts[policy] }
            total.samples += part.samples
            for error in part.failures { failed["\(error)"] = error }
            progress(Double(done) / Double(stretches.count))
        }
        let hours = SampleRate.seconds(total.samples) / 3600
        self.hours = hours
        words = wakeIndices.map { word in
            let recordings = clips.count { $0.label == labels[word] }
            return Word(
                word: word, recordings: recordings,
                tradeoff: Self.tradeoff(total.counts, [word], recordings: recordings, hours: hours))
        }
        together = Self.tradeoff(total.counts, wakeIndices, recordings: clips.count, hours: hours)
        speechHours = speechSeconds / 3600
        excludedSentences = corpus.speech.count - sentences.count
        failures = failed.sorted { $0.key < $1.key }.map(\.value)
    }

    /// So many rounds over all sentences and clips as fill the time, the last cut short.
    private static func stretches(
        _ sentences: [Corpus.Background], _ clips: [Corpus.Clip], seconds: Double, secondsPerRound: Double
    ) -> [Stretch] {
        var stretches: [Stretch] = []
        let parts = Int((seconds / secondsPerRound * Double(sentences.count)).rounded(.up))
        for round in 0...parts / sentences.count {
            var generator = SplitMix64(name: "benchmark, round \(round)")
            let order = sentences.shuffled(using: &generator)
            let words = clips.scattered(by: \.label, using: &generator)
            let used = min(sentences.count, parts - round * sentences.count)
            let filled = order[..<used].enumerated().map { index, sentence in
                // Spread evenly over the round.
                let first = index * words.count / sentences.count
                let end = (index + 1) * words.count / sentences.count
                return (sentence: sentence, clips: Array(words[first..<end]))
            }
            for first in stride(from: 0, to: filled.count, by: sentencesPerStream) {
                let stretch = filled[first..<min(first + sentencesPerStream, filled.count)]
                stretches.append(Stretch(number: stretches.count, parts: Array(stretch)))
            }
        }
        return stretches
    }

    private static func outcome(
        of stretch: Stretch, _ sweep: ThresholdSweep, _ noise: NoiseSource, _ model: Model
    ) -> Outcome {
        let labels = model.description.words
        var outcome = Outcome(
            counts: Array(repeating: SpokenCounts(labels: labels.count), count: sweep.policies.count))
        var generator = SplitMix64(name: "benchmark, stretch \(stretch.number)")
        var scene = Scene()
        let level = Float.amplitude(decibels: speechLevelDB)
        func add(label: String? = nil, _ read: () throws(AudioError) -> [Float]) {
            do throws(AudioError) {
                scene.add(try read().scaled(toRootMeanSquare: level), word: label.flatMap(labels.firstIndex))
                scene.addPause(seconds: pauseSeconds)
            } catch {
                outcome.failures.append(error)
            }
        }
        for part in stretch.parts {
            add { () throws(AudioError) in try part.sentence.samples() }
            for clip in part.clips { add(label: clip.label) { () throws(AudioError) in try readClip(clip.path) } }
        }
        scene.addNoise(
            noise, rootMeanSquare: .amplitude(decibels: speechLevelDB - signalToNoiseDB), using: &generator)
        let recording = WindowRecording(of: scene.sound, model: model, policy: sweep.policies[0])
        for (index, policy) in sweep.policies.enumerated() {
            outcome.counts[index].add(recording.events(policy), in: scene.words)
        }
        outcome.samples = scene.sound.count
        return outcome
    }

    /// A false alarm is an event that is neither a hit nor a second event of the same spoken word.
    private static func tradeoff(_ counts: [SpokenCounts], _ words: [Int], recordings: Int, hours: Double) -> Tradeoff {
        let points = counts.enumerated().map { index, counts in
            Tradeoff.Point(
                threshold: index == 0 ? nil : ThresholdSweep.thresholds[index - 1], misses: counts.misses(words),
                spoken: counts.total(\.spoken, words), recordings: recordings,
                alarms: counts.total(\.confusions, words) + counts.total(\.strays, words), hours: hours)
        }
        return Tradeoff(operatingPoint: points[0], points: Array(points.dropFirst()))
    }
}
