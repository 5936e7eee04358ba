import Client
import Foundation
import Models
import Protocol
import Spotting
import TestSupport
import Testing

extension EndToEnd {
    /// Words that are taught to a running daemon.
    @Suite struct OwnWordTests {
        /// The demo, a model that can learn words, and the word that it is taught: what is said where "snowboy" is.
        private struct School {
            let demo: Speech
            let copy: ModelCopy
            let model: Model
            let state: String
            let folder: URL

            init(in folder: URL) throws {
                self.folder = folder
                demo = try Speech.demo()
                copy = try ModelCopy(in: folder, name: "commands/1.3.0")
                try copy.makeTeachable()
                model = try Model(path: copy.path)
                state = folder.appending(path: "state").path
                try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            }

            var store: OwnWordStore { OwnWordStore(path: state + "/words") }
            var environment: [String: String] { ["STATE_DIRECTORY": state] }

            func configuration(_ words: String = "snowboy: {enabled: false}") -> String {
                "model: {path: \(copy.path)}\nwords: {\(words)}\n"
            }

            func taught(_ name: String, isWakeWord: Bool = true, after: [String] = []) throws -> OwnWord {
                let utterances = demo.words.filter { $0.text == "snowboy" }.map {
                    Int($0.startSeconds * 16000)..<Int($0.endSeconds * 16000)
                }
                return try Lesson(demo.samples, utterances: utterances)
                    .taught(name, to: model, isWakeWord: isWakeWord, after: after)
            }

            /// A word that fits and is never heard.
            func silent(_ name: String, after: [String] = [], trunk: String? = nil) throws -> OwnWord {
                let weights = [Float](repeating: 0, count: model.description.ownWords?.size ?? 0)
                return try OwnWord(
                    name: name, model: "commands", modelVersion: "1.3.0",
                    first: OwnWord.Head(
                        trunk: trunk ?? model.description.sha256, weights: weights, bias: -20),
                    thresholdScore: 5, after: after)
            }
        }

        @Test func `a word is taught, heard through ALSA beside the model's, and forgotten, without a gap`()
            async throws
        {
            try await withTemporaryFolder { folder in
                let school = try School(in: folder)
                let word = try school.taught("Hey Pantry")
                let file = try folder.adding("pantry.word", OwnWordFile(word, takes: [3: [1, 2, 3]]).bytes)
                let daemon = try RunningDaemon(
                    hearing: school.demo.bytes, configuration: school.configuration(),
                    environment: school.environment)
                try daemon.ready()
                let reader = try await daemon.connect()
                let installing = try run("attune", ["words", "install", file, "--socket", daemon.socketPath])
                #expect(
                    installing.status == 0 && installing.stdout == "Hey Pantry is heard from now on\n", "\(installing)")
                for try await message in reader.messages {
                    if case .status(let status) = message.content, status.keywords.contains("Hey Pantry") { break }
                }
                let expected = school.demo.words.map { $0.text == "snowboy" ? "Hey Pantry" : $0.text }
                let events = try await daemon.events(expected.count, withinSeconds: school.demo.seconds + 10)
                // "zero" is a command, and counts after a wake word of one's own.
                #expect(events.map(\.keyword) == expected)
                let metrics = try await daemon.metrics()
                #expect(metrics.gaps == 0 && metrics.ownWords == 1 && metrics.modelActivations == 1)
                #expect(metrics.detections["Hey Pantry"] == 1)

                let list = try run("attune", ["words", "--socket", daemon.socketPath])
                #expect(
                    list.status == 0 && list.lines[1].contains("Hey Pantry") && list.lines[1].contains("own wake word"))
                let copy = folder.appending(path: "copy.word").path
                let exporting = try run(
                    "attune", ["words", "export", "hey pantry", copy, "--socket", daemon.socketPath])
                #expect(exporting.status == 0, "\(exporting)")
                #expect(try OwnWordFile(path: copy) == OwnWordFile(word, takes: [3: [1, 2, 3]]))
                let demo = Fixture.repository.appending(path: "Config/demo/demo.wav").path
                let test = try run(
                    "attune",
                    [
                        "words", "test", "hey pantry", demo, "--model", school.copy.path, "--socket", daemon.socketPath,
                    ])
                #expect(test.status == 0 && test.stdout.hasPrefix("heard at 20.8"), "\(test)")
                let spot = try run("attune", ["spot", "--word", copy, "--model", school.copy.path, "--json", demo])
                #expect(spot.status == 0 && spot.stdout.contains("\"keyword\":\"Hey Pantry\""), "\(spot)")

                let removing = try run("attune", ["words", "remove", "HEY PANTRY", "--socket", daemon.socketPath])
                #expect(removing.status == 0, "\(removing)")
                #expect(try await daemon.metrics().ownWords == 0)
                #expect(school.store.load(for: school.model.description).words.isEmpty)
            }
        }

        @Test func `what was taught is heard after a restart, as it is configured`() async throws {
            try await withTemporaryFolder { folder in
                let school = try School(in: folder)
                try school.store.install(school.taught("кладовая", isWakeWord: false, after: ["jarvis"]))
                try school.store.install(school.silent("other"))
                let configuration = school.configuration(
                    "snowboy: {enabled: false}, кладовая: {own: true, after: alexa, within_seconds: 30}, "
                        + "zero: {after: кладовая}, later: {own: true}, yes: {after: later}")
                let daemon = try RunningDaemon(
                    hearing: school.demo.bytes, configuration: configuration, environment: school.environment)
                try daemon.ready()
                let client = try await daemon.connect()
                guard case .words(let known) = try await client.answer(to: .ownWords(.list)).content else { return }
                let own = known.words.filter(\.isOwn)
                #expect(own.map(\.keyword) == ["other", "кладовая"] && own.map(\.isWakeWord) == [true, false])
                #expect(own[1].after == ["alexa"] && own[1].withinSeconds == 30 && own[1].asksSecond)
                // What waits for a word that is still to be taught does not count without it.
                #expect(known.words.first { $0.keyword == "yes" }?.isEnabled == false)
                let expected = school.demo.words.map { $0.text == "snowboy" ? "кладовая" : $0.text }
                    .filter { $0 != "yes" }
                let events = try await daemon.events(expected.count, withinSeconds: school.demo.seconds + 10)
                #expect(events.map(\.keyword) == expected)
            }
        }

        @Test func `a word that cannot be heard is told of, and harms nothing`() async throws {
            try await withTemporaryFolder { folder in
                let school = try School(in: folder)
                try school.store.install(school.silent("good"))
                try school.store.install(school.silent("bad"))
                try URL(filePath: school.state).adding("words/bad/word.json", Array("{}".utf8))
                try URL(filePath: school.state).adding("words/rubbish", [1, 2, 3])
                let daemon = try RunningDaemon(
                    hearing: [], configuration: school.configuration(), environment: school.environment)
                try daemon.ready()
                #expect(try await daemon.logs("the word bad is not heard: word.json is damaged; remove the word"))
                let client = try await daemon.connect()
                func words() async throws -> WordsAnswer? {
                    guard case .words(let known) = try await client.answer(to: .ownWords(.list)).content else {
                        return nil
                    }
                    return known
                }
                func own() async throws -> [String] { try await words()?.words.filter(\.isOwn).map(\.keyword) ?? [] }
                func expectRefusal(_ request: OwnWordRequest, _ reason: String) async {
                    do {
                        let answer = try await client.answer(to: .ownWords(request), timeout: .seconds(30))
                        Issue.record("carried out: \(answer.line)")
                    } catch {
                        #expect((error as? ErrorMessage)?.error.contains(reason) == true, "\(error)")
                    }
                }
                #expect(try await own() == ["good"])
                #expect(try await words()?.problems.map(\.name) == ["bad", "rubbish"])
                guard case .status(let status) = try await client.answer(to: .status).content else { return }
                #expect(status.wordProblems?.count == 2 && status.keywords.contains("good"))

                await expectRefusal(.install(try school.silent("Computer").content), "knows the word as computer")
                let foreign = try school.silent("hey", trunk: String(repeating: "0", count: 64))
                await expectRefusal(.install(foreign.content), "teach it again: attune enroll")
                await expectRefusal(
                    .install(try school.silent("hey", after: ["nobody"]).content), "nobody, which is unknown")
                await expectRefusal(.install(.object([:])), "format is missing")
                for (name, reason) in [
                    ("../../etc/passwd", "begins with a letter"), ("", "empty"), ("a/b", "letters of any script"),
                    (String(repeating: "a", count: 10_000), "too long"),
                ] {
                    guard case .object(var fields) = try school.silent("hey").content else { return }
                    fields["name"] = .string(name)
                    await expectRefusal(.install(.object(fields)), reason)
                }
                await expectRefusal(.remove(name: "computer"), "word of the model")
                await expectRefusal(.remove(name: "../words"), "no such word")
                await expectRefusal(.get(name: "nothing"), "no such word")
                await expectRefusal(.addTake(name: "nothing", number: 1, recording: [1]), "there is no word")
                #expect(try await own() == ["good"])

                _ = try await client.answer(
                    to: .ownWords(.install(school.silent("waiting", after: ["Good"]).content)), timeout: .seconds(30))
                await expectRefusal(.remove(name: "good"), "waiting counts only after it")
                for name in ["waiting", "bad", "rubbish"] {
                    _ = try await client.answer(to: .ownWords(.remove(name: name)), timeout: .seconds(30))
                }
                #expect(try await words()?.problems.isEmpty == true)
                #expect(try await own() == ["good"])
            }
        }

        @Test func `a disk that is full while a word is taught leaves the words that there are`() async throws {
            try await withTemporaryFolder { folder in
                let school = try School(in: folder)
                let daemon = try RunningDaemon(
                    hearing: [], configuration: school.configuration(), environment: school.environment
                ) { _ in ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"] }
                try daemon.ready()
                let client = try await daemon.connect()
                let first = try school.silent("hey")
                _ = try await client.answer(to: .ownWords(.install(first.content)), timeout: .seconds(30))
                func limit(_ bytes: String) throws {
                    let limiting = try run(
                        "/usr/bin/prlimit", ["--pid", "\(daemon.processIdentifier)", "--fsize=\(bytes):"])
                    #expect(limiting.status == 0, "\(limiting)")
                }
                for bytes in ["0", "300"] {
                    try limit(bytes)
                    var second = first
                    second.thresholdScore = 7
                    let request = Request.ownWords(.install(second.content))
                    await #expect(throws: ErrorMessage.self) {
                        try await client.answer(to: request, timeout: .seconds(30))
                    }
                    #expect(school.store.load(for: school.model.description).words == [first])
                }
                try limit("unlimited")
                #expect(try await daemon.metrics().ownWords == 1)
                let without = try RunningDaemon(hearing: [], configuration: school.configuration())
                try without.ready()
                let other = try await without.connect()
                await #expect(throws: ErrorMessage.self) {
                    try await other.answer(to: .ownWords(.install(first.content)))
                }
            }
        }

        @Test func `a kill while a word is taught leaves the old word or the new one`() async throws {
            try await withTemporaryFolder { folder in
                let school = try School(in: folder)
                var words = [try school.silent("hey"), try school.silent("hey")]
                words[1].thresholdScore = 7
                try school.store.install(words[0], takes: [1: [UInt8](repeating: 1, count: 100_000)])
                for round in 0..<6 {
                    let daemon = try RunningDaemon(
                        hearing: [], configuration: school.configuration(), environment: school.environment)
                    try daemon.ready()
                    #expect(try await daemon.metrics().ownWords == 1)
                    let client = try await daemon.connect()
                    let request = Request.ownWords(.install(words[(round + 1) % 2].content))
                    let installing = Task { try await client.answer(to: request) }
                    // Wherever it is by then.
                    try await Task.sleep(for: .milliseconds(4 * round))
                    daemon.send(SIGKILL)
                    #expect(daemon.exitCode() == -SIGKILL)
                    _ = await installing.result
                    let (known, problems) = school.store.load(for: school.model.description)
                    #expect(known.count == 1 && problems.isEmpty && words.contains(known[0]), "\(known) \(problems)")
                }
            }
        }
    }
}
