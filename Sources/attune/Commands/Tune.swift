import ArgumentParser
import Evaluation
import FoundationEssentials
import Models
import Protocol
import Spotting

/// Thresholds for a user's own voice and rooms.
struct Tune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fit thresholds to your own recordings.",
        discussion: """
            Folders named for words of the model hold recordings of them, one word in each recording. Everything else in the
            folders is taken as audio in which no word is said, the longer the better: an hour shows no rate below one
            alarm an hour.

              recordings/computer/*.wav  recordings/jarvis/*.wav  recordings/evening/*.flac

              attune tune --max-false-alarms 0.5 recordings --output tuned.yaml

            Words that sound in the other recordings by accident count as false alarms, so leave those recordings out.
            Writes a fragment of the configuration: put its lines under "words:" in attuned.yaml. The misses and false
            alarms to expect are counted on recordings that the fit did not see (one half for the other, both ways), with
            intervals of 95 %.
            """)

    @OptionGroup var modelOption: ModelOption
    @Option(help: "False alarms an hour that all words together may have.")
    var maxFalseAlarms: Double
    @Option(help: "Write the fragment into this file, which may not exist yet.", completion: .file())
    var output: String?
    @Flag(help: "Print one JSON object.")
    var json = false
    @Argument(help: "Folders of recordings.", completion: .directory)
    var folders: [String]

    func validate() throws {
        guard maxFalseAlarms >= 0, maxFalseAlarms <= 3600 else {
            throw ValidationError("--max-false-alarms must be from 0 to 3600 an hour")
        }
    }

    func run() async throws {
        let model = try modelOption.load()
        if let output, FileManager.default.fileExists(atPath: output) {
            complain("\(output): exists already; name a new file, or remove it")
            throw Exit.cannotCreate
        }
        let corpus = try recordings(keywords: Set(model.description.keywords))
        var progress = ProgressBar("tune", total: 1)
        let tuning = await Tuning(of: corpus, falseAlarmsPerHour: maxFalseAlarms, model: model) {
            progress.advance(to: $0)
        }
        progress.finish()
        for failure in tuning.failures { complain(failure) }
        guard !tuning.words.isEmpty, tuning.hours > 0 else {
            complain("too few recordings could be read to tune on")
            throw Exit.badData
        }
        print(json ? jsonReport(tuning).text : textReport(tuning))
        if let output {
            do {
                try fragment(tuning).write(toFile: output, atomically: true, encoding: .utf8)
            } catch {
                complain("\(output): cannot be written")
                throw Exit.cannotCreate
            }
        } else if !json {
            print("\n" + fragment(tuning), terminator: "")
        }
        if !tuning.failures.isEmpty { throw Exit.badData }
    }

    private func recordings(keywords: Set<String>) throws -> Corpus {
        do throws(CorpusError) {
            return try Corpus(folders: folders, keywords: keywords)
        } catch {
            complain(error)
            throw error.exitCode
        }
    }

    /// Lines for the section `words` of a configuration.
    private func fragment(_ tuning: Tuning) -> String {
        let spoken = tuning.expected.spoken
        let hours = tuning.hours.formatted(1)
        let lines = tuning.words.map { "  \($0.name): {threshold: \($0.threshold.thresholdText)}" }
        return """
            # For at most \(maxFalseAlarms.formatted(2)) false alarms an hour, by attune tune, from \(spoken) recordings of \
            words and \(hours) h without.
            words:
            \(lines.joined(separator: "\n"))

            """
    }

    private func textReport(_ tuning: Tuning) -> String {
        var table = Table(["word", "threshold", "before", "misses", "95 %", "false alarms/h", "95 %"])
        func cells(_ point: Tradeoff.Point) -> [String] {
            let alarms = point.alarmInterval
            return [
                "\(point.misses) of \(point.spoken)",
                "\(point.missInterval.lower.percent) to \(point.missInterval.upper.percent)",
                point.alarmRate.formatted(2), "\(alarms.lower.formatted(2)) to \(alarms.upper.formatted(2))",
            ]
        }
        for word in tuning.words {
            table.add(
                [word.name, word.threshold.thresholdText, word.modelThreshold.thresholdText] + cells(word.expected))
        }
        if tuning.words.count > 1 { table.add(["together", "", ""] + cells(tuning.expected)) }
        var text = table.text + "\n\nexpected, counted on the half of the recordings that the fit did not see"
        if maxFalseAlarms * tuning.hours < 1 {
            text +=
                "\n\(tuning.hours.formatted(1)) h without words are too short to tell \(maxFalseAlarms.formatted(2)) false "
                + "alarms an hour from none; record \((1 / max(maxFalseAlarms, 0.001)).formatted(1)) h or more"
        }
        return text
    }

    private func jsonReport(_ tuning: Tuning) -> JSONLine {
        func fields(_ point: Tradeoff.Point, into line: inout JSONLine) {
            line.add("spoken", point.spoken)
            line.add("misses", point.misses)
            line.add("miss_rate", point.missRate.rounded(decimals: 4))
            line.add(
                "miss_rate_95", [point.missInterval.lower, point.missInterval.upper].map { $0.rounded(decimals: 4) })
            line.add("false_alarms", point.alarms)
            line.add("false_alarms_per_hour", point.alarmRate.rounded(decimals: 4))
            line.add(
                "false_alarms_per_hour_95",
                [point.alarmInterval.lower, point.alarmInterval.upper].map { $0.rounded(decimals: 4) })
        }
        var line = JSONLine()
        line.add("max_false_alarms_per_hour", maxFalseAlarms)
        line.add("hours", tuning.hours.rounded(decimals: 3))
        line.add(
            "words",
            tuning.words.map { word in
                var entry = JSONLine()
                entry.add("word", word.name)
                entry.add("threshold", word.threshold.probability)
                entry.add("model_threshold", word.modelThreshold.probability)
                fields(word.expected, into: &entry)
                return entry
            })
        var together = JSONLine()
        fields(tuning.expected, into: &together)
        line.add("together", together)
        return line
    }
}
