import ArgumentParser
import Audio
import Evaluation
import Inference
import Models
import Protocol
import Spotting

/// How good a model is.
struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on labelled clips and on continuous audio.",
        discussion: """
            Each DIR is a folder with one folder a word, as Speech Commands has it: then clips are measured. Or it is a \
            folder with a manifest.csv (path,label,speaker,split,source,licence,text), in which labelled clips are the rows \
            of the split "validation", rows with the label _noise_ are noise and those without label running speech: then \
            continuous audio is measured too. Or recordings lie in the folder itself: running speech and sounds in which no \
            wake word is said. Several are measured together.

              attune evaluate speech_commands/validation
              attune evaluate recordings audiobooks radio --false-alarms heard
              attune evaluate --snr 20,10,5,0,-5 --plots plots recordings
              attune evaluate --benchmark --hours 10 recordings

            Clips: accuracy, recall and precision, and the expected calibration error (15 bins). Words that the model does \
            not know count as _unknown_, seconds of noise and digital silence as _silence_. --snr measures again in noise; \
            the ratio is the root mean square of the whole clip over that of the noise.

            Streams, with the product's own pipeline: all clips of keywords one after another, 0.6 to 1.4 s apart, as they \
            are and in noise (10 dB, and what --snr asks for). A word is hit, once, by an event within its clip or a second \
            after it; a second event is a duplicate, one of another word a confusion. False alarms are counted in running \
            speech and noise: what a transcript holds, or a word that sounds the same, is none, and in speech without a \
            transcript only wake words are counted. They are told by source, and the worst twenty with their places, of wake words \
            and of commands, events and what nearly was one; --false-alarms writes those as WAV files to listen to. Intervals are of 95 %, Wilson's for misses, exact Poisson for false \
            alarms. Misses at a rate of false alarms come from one threshold for all words, chosen on the same recordings. \
            Where the model has a second network, both decide; --no-second-look measures the first one alone.

            Benchmark, after Picovoice's: wake words between sentences of running speech, noise at 10 dB under everything, \
            misses of each word at one false alarm in 10 hours.

            Words of one's own, --own: each word of FOLDER/WORD/SPEAKER/*.wav (or FOLDER/WORD/SPEAKER_*.wav, or a manifest.csv with \
            the column speaker) is taught from --takes of some of its speakers, as attune enroll teaches it, and heard with the \
            daemon's settings, as if it were the only one, in all other recordings of the folder and in --speech. Told are the \
            misses by those who taught it and by others, as recorded and with noise 10 dB under the word, other words taken for \
            it, and its false alarms. Who teaches with which takes is drawn, and the same in every run.

              attune evaluate --own recordings --speech audiobooks
              attune evaluate --own recordings --takes 10 --speakers 5 --json

            Speech and noise should be what training never saw: --held-out, or held-out.txt in the model's folder, lists it, \
            one path a line. Without a list all of it is used, and the output says so.
            """)

    @OptionGroup var modelOption: ModelOption
    @OptionGroup var secondLookOption: SecondLookOption
    @OptionGroup var input: EvaluationInput
    @OptionGroup var ownWords: OwnWordMeasurement
    @Flag(help: "Print one JSON object.")
    var json = false
    @Flag(help: "Print the confusion matrix.")
    var matrix = false
    @Option(help: "Write plots (SVG) into this folder.", completion: .directory)
    var plots: String?
    @Option(
        name: .customLong("false-alarms"), help: "Write the worst false alarms as WAV files into this folder.",
        completion: .directory)
    var alarmFolder: String?
    @Option(
        name: .customLong("snr"), parsing: .unconditional,
        help: "Measure in noise too, at these signal-to-noise ratios in dB, for instance 20,10,5,0,-5.")
    var ratios = SignalToNoiseRatios()
    @Flag(
        inversion: .prefixedNo,
        help: "Measure on continuous audio. (default: if there is running speech or noise)")
    var streams: Bool?
    @Flag(help: "Only run the wake word benchmark: misses at one false alarm in 10 hours.")
    var benchmark = false
    @Option(help: "Length of the benchmark's stream in hours.")
    var hours = 10.0
    @Argument(
        help: ArgumentHelp(
            "Folders with one folder a word, with a manifest.csv, or with recordings.", valueName: "dir"),
        completion: .directory)
    var folders: [String] = []

    func validate() throws {
        guard (ownWords.own == nil) != folders.isEmpty else {
            throw ValidationError(
                "give folders to measure on, or with --own one folder of words by speakers and no other")
        }
        let asksMore = benchmark || matrix || plots != nil || alarmFolder != nil || !ratios.decibels.isEmpty
        guard ownWords.own == nil || !asksMore else {
            throw ValidationError("--own goes with --speech, --held-out, --no-second-look and --json only")
        }
        guard (0.01...1000).contains(hours) else { throw ValidationError("--hours must be from 0.01 to 1000") }
    }

    func run() async throws {
        let model = try modelOption.load()
        if let folder = ownWords.own {
            return try await ownWords.run(
                on: folder, input, model, asksSecond: secondLookOption.secondLook, json: json)
        }
        let wakeWords = try input.wakeWords(of: model)
        let corpus = try input.corpus(folders: folders, model: model)
        let drawing = try plots.map { try PlotFolder(path: $0) }
        let alarms = try alarmFolder.map { try FalseAlarmFolder(path: $0) }
        let (recordings, failures) = corpus.readNoise()
        let noise = NoiseSource(recordings)
        if benchmark {
            let result = try await runBenchmark(corpus, noise, wakeWords, model)
            let report = BenchmarkReport(benchmark: result, model: model, corpus: corpus, noise: noise)
            try drawing?.draw(report)
            print(json ? report.json.text : report.text)
            return try complainOnce(failures + result.failures)
        }
        var clipProgress = ProgressBar("clips", total: 1)
        let clips = await ClipEvaluation(
            of: corpus.clips, silence: recordings, signalToNoiseDBs: ratios.decibels, noise: noise, model: model
        ) { clipProgress.advance(to: $0) }
        clipProgress.finish()
        var report = EvaluationReport(model: model, corpus: corpus, clips: clips, noise: noise, wakeWords: wakeWords)
        report.secondLook = model.second == nil ? nil : secondLookOption.secondLook
        guard clips.clean.confusion.total > 0 || !corpus.speech.isEmpty else { return try complainOnce(clips.failures) }
        if streams ?? (corpus.hasManifest || !corpus.speech.isEmpty) {
            await measureStreams(&report, corpus, noise, wakeWords, model)
        }
        let allFailures = failures + clips.failures + (report.streams?.failures ?? [])
        report.failed = Set(allFailures.map { "\($0)" }).count
        try drawing?.draw(report)
        if let clean = report.streams?.conditions[0] {
            for group in report.groups { try alarms?.write(clean.worst(of: group.words), of: group.name, model) }
        }
        print(json ? report.json.text : report.text(withMatrix: matrix))
        try complainOnce(allFailures)
    }

    private func measureStreams(
        _ report: inout EvaluationReport, _ corpus: Corpus, _ noise: NoiseSource, _ wakeWords: [String], _ model: Model
    ) async {
        var progress = ProgressBar("streams", total: 1)
        let asked = ratios.decibels.contains(10) ? ratios.decibels : [10] + ratios.decibels
        report.streams = await StreamEvaluation(
            of: corpus, signalToNoiseDBs: asked.sorted(by: >), noise: noise, wakeWords: Set(wakeWords), model: model,
            policy: policy(of: model)
        ) { progress.advance(to: $0) }
        progress.finish()
        // A dozen, evenly chosen.
        let count = min(12, corpus.clips.count)
        let sample = (0..<count).compactMap {
            try? MonoReader(path: corpus.clips[$0 * corpus.clips.count / count].path).readAll(limitSamples: 48000)
        }
        report.streamEqualsClip = sample.isEmpty ? nil : StreamAgreement.holds(for: sample, model: model)
    }

    private func runBenchmark(
        _ corpus: Corpus, _ noise: NoiseSource, _ wakeWords: [String], _ model: Model
    ) async throws -> Benchmark {
        var progress = ProgressBar("benchmark", total: 1)
        defer { progress.finish() }
        do throws(Benchmark.Failure) {
            return try await Benchmark(
                of: corpus, hours: hours, noise: noise, wakeWords: wakeWords, model: model, policy: policy(of: model)
            ) { progress.advance(to: $0) }
        } catch {
            complain("\(folders.joined(separator: ", ")): \(error)")
            throw Exit.badData
        }
    }

    private func policy(of model: Model) -> DecisionPolicy {
        DecisionPolicy(model.description, asksSecond: secondLookOption.secondLook)
    }
}

extension Corpus {
    /// The recordings of noise, and why some cannot be used.
    func readNoise() -> (recordings: [[Float]], failures: [AudioError]) {
        var (recordings, failures) = ([[Float]](), [AudioError]())
        for noise in noise {
            do throws(AudioError) { recordings.append(try noise.samples()) } catch { failures.append(error) }
        }
        return (recordings, failures)
    }
}

/// Names every recording that could not be used, once, and ends the program if there is one.
func complainOnce(_ failures: [AudioError]) throws {
    var told: Set<String> = []
    for failure in failures where told.insert("\(failure)").inserted { complain(failure) }
    if !failures.isEmpty { throw Exit.badData }
}

/// Ratios in dB as they are given on the command line.
struct SignalToNoiseRatios: ExpressibleByArgument {
    var decibels: [Double] = []

    init() {}

    init?(argument: String) {
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Double(part.trimmed), (-40...60).contains(number) else {
                return nil
            }
            if !decibels.contains(number) { decibels.append(number) }
        }
    }

    var defaultValueDescription: String { "none" }
}
