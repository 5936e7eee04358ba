import ArgumentParser
import Audio
import Models
import Protocol
import Spotting
import Time

/// Whether a word is heard in recordings.
struct TestWord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Say in which recordings a word of your own is heard.",
        discussion: """
            Each recording is heard from its beginning to its end, by the daemon's pipeline and beside all words of the model.

              attune words test "hey pantry" takes/*.wav
            """)
    @Argument(help: "Its name.")
    var name: String
    @Argument(help: "Recordings.", completion: .file())
    var files: [String]
    @OptionGroup var modelOption: ModelOption
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let word = try await exportedWord(name, takes: false, from: connection).word
        let model = try modelOption.load()
        do throws(OwnWordError) {
            try word.check(fits: model.description)
        } catch {
            complain("\(word.name): \(error); --model gives another model")
            throw Exit.badConfiguration
        }
        let taught = model.teaching([word])
        var policy = DecisionPolicy(taught.description)
        // Asked for is whether it is heard, not whether it counts.
        policy.words[policy.words.count - 1].enabled = true
        policy.words[policy.words.count - 1].after = []
        var failure: ExitCode?
        for file in files {
            do throws(AudioError) {
                try test(file, word, taught, policy)
            } catch {
                complain(error)
                failure = failure ?? error.exitCode
            }
        }
        if let failure { throw failure }
    }

    private func test(_ file: String, _ word: OwnWord, _ model: Model, _ policy: DecisionPolicy) throws(AudioError) {
        let spotter = Spotter(model, policy: policy)
        let place = Int32(policy.words.count - 1)
        spotter.reportsAsides = true
        var best = -Float.infinity
        spotter.observeWindow = { best = max(best, $0.taughtScores[0]) }
        var heard: [Detection] = []
        let reader = try MonoReader(path: file)
        while let samples = try reader.next() {
            samples.withUnsafeBufferPointer { spotter.process($0) { if $0.word == place { heard.append($0) } } }
        }
        spotter.finish { if $0.word == place { heard.append($0) } }
        let events = heard.filter { $0.outcome == .keyword }
        guard connection.json else {
            let told = events.map {
                "at \(SampleRate.seconds($0.startSample).formatted(2)) s (\(Double($0.confidence).percent))"
            }
            let score =
                "its score came to \(Double(best).formatted(1)), \(Double(word.thresholdScore).formatted(1)) is needed"
            let text = events.isEmpty ? "not heard: \(score)" : "heard \(told.joined(separator: ", "))"
            return print("\(Terminal.marked(text, good: !events.isEmpty))  \(file)")
        }
        var line = JSONLine()
        line.add("file", file)
        line.add("keyword", word.name)
        line.add("heard", events.count)
        line.add("outcomes", heard.map { "\($0.outcome)" })
        line.add("highest_score", Double(best).rounded(decimals: 2))
        line.add("threshold_score", Double(word.thresholdScore).rounded(decimals: 2))
        print(line.text)
    }
}
