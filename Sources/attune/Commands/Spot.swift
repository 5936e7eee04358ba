import ArgumentParser
import Audio
import FoundationEssentials
import Models
import Protocol
import ServiceSettings
import Spotting
import Time

/// Every keyword in recordings.
struct Spot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the keywords in recordings.",
        discussion: """
            The daemon's own pipeline over files, as fast as it goes, of any length: one line an event, with start and end
            in seconds.

              attune spot meeting.flac
              attune spot --json --config /etc/attuned/attuned.yaml *.wav | jq .keyword
            """)

    @OptionGroup var modelOption: ModelOption
    @OptionGroup var secondLookOption: SecondLookOption
    @OptionGroup var ownWords: OwnWordOptions
    @Option(help: "Take words, thresholds and policies from this configuration.", completion: .file())
    var config: String?
    @Flag(help: "Print one JSON object a line.")
    var json = false
    @Argument(help: "Recordings.", completion: .file())
    var files: [String]

    func run() throws {
        let model = try ownWords.teach(try modelOption.load())
        let policy = try decisionPolicy(for: model)
        var failure: ExitCode?
        for file in files {
            do throws(AudioError) {
                try spot(file, model, policy)
            } catch {
                complain(error)
                failure = failure ?? error.exitCode
            }
        }
        if let failure { throw failure }
    }

    private func decisionPolicy(for model: Model) throws -> DecisionPolicy {
        let asksSecond = secondLookOption.secondLook
        guard let config else { return DecisionPolicy(model.description, asksSecond: asksSecond) }
        do {
            var settings = try SettingsReader(environment: ProcessInfo.processInfo.environment).read(file: config)
            if !asksSecond { settings.detection.secondLook = false }
            return try settings.decisionPolicy(for: model.description)
        } catch {
            complain(error)
            throw Exit.badConfiguration
        }
    }

    private func spot(_ file: String, _ model: Model, _ policy: DecisionPolicy) throws(AudioError) {
        let reader = try MonoReader(path: file)
        let spotter = Spotter(model, policy: policy)
        var progress = ProgressBar(file, total: reader.file.statedSeconds)
        defer { progress.finish() }
        while let samples = try reader.next() {
            samples.withUnsafeBufferPointer { buffer in
                spotter.process(buffer) { detection in
                    progress.finish()
                    report(file, detection, model)
                }
            }
            progress.advance(to: SampleRate.seconds(spotter.samples))
        }
        spotter.finish { report(file, $0, model) }
    }

    private func report(_ file: String, _ detection: Detection, _ model: Model) {
        let keyword = model.description.labels[Int(detection.word)]
        let start = SampleRate.seconds(detection.startSample)
        let end = SampleRate.seconds(detection.endSample)
        guard json else {
            print(
                "\(start.formatted(2).leftPadded(9)) s  \(Terminal.bold(keyword.rightPadded(14)))"
                    + "\(Double(detection.confidence).percent)  \(file)")
            return
        }
        var line = JSONLine()
        line.add("file", file)
        line.add("keyword", keyword)
        line.add("confidence", Double(detection.confidence).probability)
        line.add("score", Double(detection.score).rounded(decimals: 2))
        line.add("first_confidence", detection.looks.map { Double($0.firstConfidence).probability })
        line.add("second_confidence", detection.looks.map { Double($0.secondConfidence).probability })
        line.add("start", start.rounded(decimals: 3))
        line.add("end", end.rounded(decimals: 3))
        line.add("latency_ms", detection.latencyMilliseconds.rounded(decimals: 1))
        line.add("threshold", Double(detection.threshold).probability)
        line.add("level_dbfs", Double(detection.levelDBFS).rounded(decimals: 1))
        line.add("model", model.description.name)
        line.add("model_version", model.description.version)
        print(line.text)
    }
}

extension String {
    func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
    func rightPadded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
