import ArgumentParser
import Audio
import Models
import Protocol
import Spotting

/// One clip, one answer.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say which word is in a clip.",
        discussion: """
            Each file gets one label: a word of the model, _unknown_ for other speech, _silence_ for none. WAV, FLAC, Ogg
            and MP3 at any rate, up to \(ClipClassifier.maximumSeconds) s; for longer recordings use `attune spot`.

              attune predict yes.wav no.wav
              attune predict --json *.flac | jq -r '[.file, .label, .confidence] | @tsv'

            A file that cannot be used is named on standard error, the others are answered all the same, and the exit code
            is that of the first failure.
            """)

    @OptionGroup var modelOption: ModelOption
    @Flag(help: "Print one JSON object a line.")
    var json = false
    @Argument(help: "Recordings.", completion: .file())
    var files: [String]

    func run() throws {
        let model = try modelOption.load()
        let classifier = ClipClassifier(model)
        var failure: ExitCode?
        var progress = ProgressBar("predict", total: Double(files.count))
        for (index, file) in files.enumerated() {
            do throws(AudioError) {
                let samples = try MonoReader(path: file).readAll(longestSeconds: ClipClassifier.maximumSeconds)
                let clock = ContinuousClock.now
                let result = classifier.classify(samples)
                report(file, result, seconds: (ContinuousClock.now - clock) / .seconds(1), model)
            } catch {
                progress.finish()
                if case .tooLong = error {
                    complain("\(error), too long for one answer; find its keywords with `attune spot`")
                } else {
                    complain(error)
                }
                failure = failure ?? error.exitCode
                if json {
                    var line = JSONLine()
                    line.add("file", file)
                    line.add("error", "\(error)")
                    print(line.text)
                }
            }
            progress.advance(to: Double(index + 1))
        }
        progress.finish()
        if let failure { throw failure }
    }

    private func report(_ file: String, _ result: ClipClassifier.Result, seconds: Double, _ model: Model) {
        guard json else {
            print("\(Terminal.bold(result.label))  \(Double(result.confidence).percent)  \(file)")
            return
        }
        var line = JSONLine()
        line.add("file", file)
        line.add("label", result.label)
        line.add("keyword", result.label)
        line.add("confidence", Double(result.confidence).rounded(decimals: 4))
        line.add("processing_time", seconds.rounded(decimals: 6))
        line.add("model", model.description.name)
        line.add("model_version", model.description.version)
        print(line.text)
    }
}
