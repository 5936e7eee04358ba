import Audio
import Inference
import Models
import Spotting

/// How well words are found in continuous audio: all clips of keywords one after another, and running speech and noise
/// in which nothing should be found, as they are and with noise.
///
/// Network and features run once over each sound; the decision is then run for each policy of a `ThresholdSweep`.
public struct StreamEvaluation: Sendable {
    /// As they are first, then one for each signal-to-noise ratio.
    public private(set) var conditions: [StreamCounts]
    /// Recordings that could not be used, in the order of the corpus.
    public private(set) var failures: [AudioError] = []

    /// The noise under spoken words, in dB relative to full scale: 20 dB over it, words still keep within full scale.
    private static let noiseLevelDB = -40.0
    /// Words in one stream; each stream begins in silence.
    private static let wordsPerStream = 60

    private struct Job: Sendable {
        enum Sound: Sendable {
            case words([Corpus.Clip], stream: Int)
            case background(Corpus.Background)
        }

        /// Index into `conditions`.
        let condition: Int
        let sound: Sound
    }

    private struct Outcome: Sendable {
        var counts: StreamCounts
        var failures: [AudioError] = []
    }

    /// - Parameters:
    ///   - wakeWords: words of the model that are never excused in speech without a transcript.
    ///   - policy: the operating point; thresholds are swept around it.
    ///   - progress: gets how much is done, 0 to 1.
    public init(
        of corpus: Corpus, signalToNoiseDBs: [Double], noise: NoiseSource, wakeWords: Set<String>, model: Model,
        policy: DecisionPolicy, progress: (Double) -> Void
    ) async {
        let sweep = ThresholdSweep(policy)
        let labels = model.description.words.count
        let ratios = [nil] + signalToNoiseDBs.map(Optional.some)
        let empty = ratios.map { StreamCounts(signalToNoiseDB: $0, labels: labels, policies: sweep.policies.count) }
        conditions = empty
        let jobs = Self.jobs(corpus, conditions: ratios.count, keywords: Set(model.description.keywords))
        var failed: [(job: Int, errors: [AudioError])] = []
        await concurrently(jobs) { job in
            Self.outcome(of: job, empty[job.condition], sweep, noise, wakeWords, model)
        } gather: { index, part, done in
            conditions[jobs[index].condition] += part.counts
            // The same recording fails in every condition.
            if jobs[index].condition == 0 { failed.append((index, part.failures)) }
            progress(Double(done) / Double(jobs.count))
        }
        failures = failed.sorted { $0.job < $1.job }.flatMap(\.errors)
        // Noise is not mixed with noise: it counts in every condition as it is.
        for index in conditions.indices.dropFirst() { conditions[index].alarmsInNoise = conditions[0].alarmsInNoise }
    }

    private static func jobs(_ corpus: Corpus, conditions: Int, keywords: Set<String>) -> [Job] {
        var generator = SplitMix64(name: "order of the spoken words")
        let clips = corpus.clips.filter { keywords.contains($0.label) }.scattered(by: \.label, using: &generator)
        let streams = stride(from: 0, to: clips.count, by: wordsPerStream).enumerated().map { number, first in
            Job.Sound.words(Array(clips[first..<min(first + wordsPerStream, clips.count)]), stream: number)
        }
        let speech = corpus.speech.map { Job.Sound.background($0) }
        let noise = corpus.noise.map { Job(condition: 0, sound: .background($0)) }
        return noise
            + (0..<conditions).flatMap { condition in
                (streams + speech).map { Job(condition: condition, sound: $0) }
            }
    }

    private static func outcome(
        of job: Job, _ empty: StreamCounts, _ sweep: ThresholdSweep, _ noise: NoiseSource, _ wakeWords: Set<String>,
        _ model: Model
    ) -> Outcome {
        var outcome = Outcome(counts: empty)
        switch job.sound {
        case .words(let clips, let stream):
            let scene = Self.scene(clips, stream, empty.signalToNoiseDB, noise, model) { outcome.failures.append($0) }
            let recording = WindowRecording(of: scene.sound, model: model, policy: sweep.policies[0])
            for (index, policy) in sweep.policies.enumerated() {
                outcome.counts.spoken[index].add(recording.events(policy), in: scene.words)
            }
        case .background(let background):
            do throws(AudioError) {
                var sound = try background.samples()
                if let decibels = empty.signalToNoiseDB {
                    var generator = SplitMix64(name: background.name)
                    let bed = noise.bed(samples: sound.count, using: &generator)
                    sound = sound.mixed(with: bed, signalToNoiseDB: decibels)
                }
                let recording = WindowRecording(of: sound, model: model, policy: sweep.policies[0])
                let excused = background.excused(labels: model.description.words, wakeWords: wakeWords)
                let counts: WritableKeyPath<StreamCounts, [AlarmCounts]> =
                    background.speech == nil ? \.alarmsInNoise : \.alarmsInSpeech
                let heard = recording.events(sweep.policies[0], withAsides: true)
                outcome.counts.add(heard, in: background, samples: sound.count, excused: excused)
                for (index, policy) in sweep.policies.enumerated() {
                    let events = index == 0 ? heard.filter { $0.outcome == .keyword } : recording.events(policy)
                    outcome.counts[keyPath: counts][index].add(events, samples: sound.count, excused: excused)
                }
            } catch {
                outcome.failures.append(error)
            }
        }
        return outcome
    }

    /// The clips with pauses between them; with noise, each clip as much louder than the noise as is asked for.
    private static func scene(
        _ clips: [Corpus.Clip], _ stream: Int, _ signalToNoiseDB: Double?, _ noise: NoiseSource, _ model: Model,
        failed: (AudioError) -> Void
    ) -> Scene {
        var generator = SplitMix64(name: "spoken words, stream \(stream)")
        var scene = Scene()
        for clip in clips {
            // Drawn before the clip is read, so that one that is missing does not change the others' pauses.
            let pause = Double.random(in: 0.6...1.4, using: &generator)
            do throws(AudioError) {
                let samples = try readClip(clip.path)
                scene.addPause(seconds: pause)
                let level = signalToNoiseDB.map { Float.amplitude(decibels: noiseLevelDB + $0) }
                scene.add(
                    level.map(samples.scaled) ?? samples, word: model.description.words.firstIndex(of: clip.label))
            } catch {
                failed(error)
            }
        }
        scene.addPause(seconds: 1)
        if signalToNoiseDB != nil {
            scene.addNoise(noise, rootMeanSquare: .amplitude(decibels: noiseLevelDB), using: &generator)
        }
        return scene
    }
}
