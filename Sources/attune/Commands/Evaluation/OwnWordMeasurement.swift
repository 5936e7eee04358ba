import ArgumentParser
import Enrolment
import Evaluation
import Models
import Protocol
import ServiceSettings
import Spotting

/// What `attune evaluate --own` measures, and with what.
struct OwnWordMeasurement: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Measure words of one's own: teach those of this folder, and listen for them.", valueName: "folder"),
        completion: .directory)
    var own: String?
    @Option(
        help: ArgumentHelp(
            "With --own: running speech to count false alarms in, and noise. May be given again.", valueName: "dir"),
        completion: .directory)
    var speech: [String] = []
    @Option(help: "With --own: takes that a word is taught with.")
    var takes = 5
    @Option(help: "With --own: speakers who teach a word together.")
    var speakers = 1
    @Option(help: "With --own: how often each word is taught at most, each time by other speakers.")
    var teachings = 3
    @Option(
        name: .customLong("words"),
        help: "With --own: teach so many words at most, evenly spread over all. (default: all)")
    var mostWords: Int?

    func validate() throws {
        guard Enrolment.takes.contains(takes) else {
            throw ValidationError(
                "--takes must be from \(Enrolment.takes.lowerBound) to \(Enrolment.takes.upperBound)")
        }
        guard (1...takes).contains(speakers) else {
            throw ValidationError("--speakers must be from 1 to the number of --takes, \(takes)")
        }
        guard (1...1000).contains(teachings) else { throw ValidationError("--teachings must be from 1 to 1000") }
        guard (1...100_000).contains(mostWords ?? 1) else { throw ValidationError("--words must be at least 1") }
    }

    /// Measures, and prints what was found.
    func run(on folder: String, _ input: EvaluationInput, _ model: Model, asksSecond: Bool, json: Bool) async throws {
        let words: SpokenWords
        do throws(CorpusError) {
            words = try SpokenWords(folder: folder)
        } catch {
            complain(error)
            throw error.exitCode
        }
        let background = try speech.isEmpty ? nil : input.corpus(folders: speech, model: model)
        if let background, background.speech.isEmpty {
            complain("\(speech.joined(separator: ", ")): holds no running speech")
            throw Exit.badData
        }
        let (recordings, failures) = background?.readNoise() ?? ([], [])
        let noise = NoiseSource(recordings)
        let evaluation = try await evaluation(of: words, background, noise, model, asksSecond)
        let report = OwnWordReport(
            evaluation: evaluation, words: words, measurement: self, model: model, background: background,
            noise: noise, failures: failures + evaluation.failures)
        print(json ? report.json.text : report.text)
        guard report.hasTaught else {
            complain("\(folder): no word could be taught")
            throw Exit.badData
        }
        try complainOnce(report.failures)
    }

    /// Those that a daemon has without a configuration.
    private func daemonSettings(_ model: Model, _ asksSecond: Bool) throws -> Settings {
        var settings = Settings()
        settings.detection.secondLook = asksSecond
        do throws(SettingsError) {
            _ = try settings.decisionPolicy(for: model.description)
        } catch {
            complain(error)
            throw Exit.badConfiguration
        }
        return settings
    }

    private func evaluation(
        of words: SpokenWords, _ background: Corpus?, _ noise: NoiseSource, _ model: Model, _ asksSecond: Bool
    ) async throws -> OwnWordEvaluation {
        let settings = try daemonSettings(model, asksSecond)
        var bar: (stage: OwnWordEvaluation.Stage, progress: ProgressBar)?
        defer { bar?.progress.finish() }
        let plan = OwnWordEvaluation.Plan(
            takes: takes, speakers: speakers, teachings: teachings, mostWords: mostWords)
        do throws(EnrolmentError) {
            let evaluation = try await OwnWordEvaluation(
                of: words, plan, speech: background?.speech ?? [], noise: noise, model: model
            ) { description in
                guard let policy = try? settings.decisionPolicy(for: description) else {
                    preconditionFailure("a word that was taught makes no settings wrong")
                }
                return policy
            } progress: { stage, done in
                if bar?.stage != stage {
                    bar?.progress.finish()
                    bar = (stage, ProgressBar(stage.rawValue, total: 1))
                }
                bar?.progress.advance(to: done)
            }
            if let evaluation { return evaluation }
        } catch {
            complain(error)
            throw Exit.badConfiguration
        }
        let each = (takes + speakers - 1) / speakers
        complain(
            "\(own ?? ""): no word has \(speakers == 1 ? "a speaker" : "\(speakers) speakers") with \(each + 1) recordings of it: "
                + "\(each) to teach it with, and another to be heard; ask for fewer --takes")
        throw Exit.badData
    }
}
