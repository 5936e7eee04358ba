import ArgumentParser
import Audio
import Enrolment
import Evaluation
import FoundationEssentials
import Models
import Protocol
import ServiceSettings
import Spotting

/// Teaches a word of one's own.
struct Enroll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Teach the daemon a word of your own, in any language.",
        discussion: """
            Say it three to ten times, as you would call it from where you stand; five are usual. Several people's takes make one
            word for all of them. A word of two or three syllables works best.

              attune enroll "hey pantry"                        counts down and listens, with the daemon's microphone
              attune enroll "hey pantry" takes/*.wav            from recordings, one word in each
              attune enroll --output pantry.word "hey pantry" takes    to a file, for another machine
              attune enroll computer                            a word of the model, as you say it, beside how it knows it

            Each take is judged at once: too quiet, overdriven, cut off, unlike the others, like a word that is known. The
            takes are varied (speed, rooms, noise), the word is fitted against hours of speech and noise, and what to expect of
            it is said: how often it will be missed, and how often it will fire by itself. Nothing leaves the machine. The daemon
            hears the word at once; attune words lists, exports and removes it.
            """)

    @Option(help: "How many takes to listen to, where no recordings are given.")
    var takes = 5
    @Flag(help: "Count it only after a wake word, as commands do.")
    var command = false
    @Option(help: "False alarms an hour that it may have.")
    var falseAlarms = Enrolment.alarmsPerHour
    @Option(
        help: "Write the word to this file instead of giving it to the daemon.", completion: .file(extensions: ["word"])
    )
    var output: String?
    @Flag(inversion: .prefixedNo, help: "Keep the takes with the word, so that it can be taught to a newer model.")
    var keepTakes = true
    @OptionGroup var modelOption: ModelOption
    @OptionGroup var connection: DaemonConnection
    @Argument(help: "What the word is called.")
    var name: String
    @Argument(help: "Recordings of it, or folders of them. (default: the daemon's microphone)", completion: .file())
    var recordings: [String] = []

    func validate() throws {
        guard Enrolment.takes.contains(takes) else {
            throw ValidationError(
                "--takes must be from \(Enrolment.takes.lowerBound) to \(Enrolment.takes.upperBound)")
        }
        guard falseAlarms > 0, falseAlarms <= 10 else {
            throw ValidationError("--false-alarms must be over 0 and at most 10 an hour")
        }
    }

    func run() async throws {
        let model = try modelOption.load()
        let enrolment: Enrolment
        do throws(EnrolmentError) {
            enrolment = try Enrolment(model)
        } catch {
            complain(error)
            throw Exit.badConfiguration
        }
        let said = recordings.isEmpty ? try await listen(enrolment) : try read()
        let result = try teach(enrolment, said)
        if !connection.json { print(report(result, enrolment)) }
        let kept =
            keepTakes
            ? Dictionary(uniqueKeysWithValues: said.enumerated().map { ($0.offset + 1, $0.element.wav) }) : [:]
        try await deliver(OwnWordFile(result.word, takes: kept))
    }

    private func teach(_ enrolment: Enrolment, _ said: [Take]) throws -> Enrolment.Result {
        var progress = ProgressBar("enroll", total: 1)
        defer { progress.finish() }
        do {
            return try enrolment.teach(name, takes: said, isWakeWord: !command, alarmsPerHour: falseAlarms) {
                take, problem in
                progress.finish()
                complain("\(take.name): left out: \(problem)")
            } progress: {
                progress.advance(to: $0)
            }
        } catch {
            progress.finish()
            complain("\(name): \(error)")
            throw Exit.badData
        }
    }

    /// The takes in files; those that do not serve are told and left out.
    private func read() throws -> [Take] {
        var said: [Take] = []
        for file in try files() {
            do throws(AudioError) {
                let samples = try MonoReader(path: file).readAll(longestSeconds: Take.longestRecordingSeconds)
                do throws(TakeProblem) {
                    said.append(try Take(name: file, samples: samples))
                } catch {
                    complain("\(file): left out: \(error)")
                }
            } catch {
                complain(error)
            }
        }
        return said
    }

    private func files() throws -> [String] {
        try recordings.flatMap { path -> [String] in
            var isFolder = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                complain("\(path): no such file or folder")
                throw Exit.noInput
            }
            guard isFolder else { return [path] }
            return LabelledFolder.recordings(in: path).map { "\(path)/\($0)" }
        }
    }

    private func listen(_ enrolment: Enrolment) async throws -> [Take] {
        let microphone = try await DaemonMicrophone(connection)
        var said: [Take] = []
        var tries = 0
        while said.count < takes {
            tries += 1
            guard tries <= 3 * takes else {
                complain("too many takes did not serve; listen to one with attune audio, or try another place")
                throw Exit.badData
            }
            tell("Take \(said.count + 1) of \(takes): say \"\(name)\" ")
            for count in ["3…", "2…", "1…"] {
                tell("\(count) ")
                try await Task.sleep(for: .milliseconds(600))
            }
            tell("now  ")
            let samples = try await microphone.record(milliseconds: 2200)
            do throws(TakeProblem) {
                let take = try Take(name: "take \(said.count + 1)", samples: samples)
                try enrolment.judge(take, of: name)
                said.append(take)
                tell("good (\(Int(take.levelDBFS)) dBFS)\n")
            } catch {
                tell("again: \(error)\n")
            }
        }
        return said
    }

    /// Results go to standard output; what is to be done, here.
    private func tell(_ text: String) { StandardError.write(Array(text.utf8)) }

    private func deliver(_ file: OwnWordFile) async throws {
        guard let output else {
            let answer = try await file.install(over: connection)
            return print(connection.json ? answer.line : "\(file.word.name) is heard from now on")
        }
        try file.write(to: output)
        if connection.json {
            print(file.word.jsonLine.text)
        } else {
            print("\(file.word.name) is written to \(output); attune words install \(output)")
        }
    }

    private func report(_ result: Enrolment.Result, _ enrolment: Enrolment) -> String {
        let expected = result.expectation
        let (misses, alarms) = (expected.missInterval, expected.alarmInterval)
        let bank = enrolment.bankSize
        var lines = [
            "\(expected.takes) takes, fitted against \(bank.hours.formatted(1)) h of speech and noise (\(bank.windows) windows)",
            "expect \(expected.missRate.percent) of such takes to be missed, in rooms and noise too "
                + "(by whoever said these; 95 %: up to \(misses.upper.percent) of those as recorded); more of other voices",
            "and \(expected.alarmsPerHour.formatted(2)) false alarms an hour while people talk "
                + "(95 %: \(alarms.lower.formatted(2)) to \(alarms.upper.formatted(2)))",
        ]
        if let confused = expected.confusedWith { lines.append("it is nearest to \"\(confused)\"") }
        if expected.moreTakesWouldHelp { lines.append("two more takes would help: it was heard better with each") }
        return lines.joined(separator: "\n")
    }
}
