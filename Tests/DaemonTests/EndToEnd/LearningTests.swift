import Audio
import Client
import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// From a mark to silence.
    @Suite struct LearningTests {
        /// A voice that says "laughed", which is taken for "left", and then the recording of the demo, in which another one says
        /// "computer" and "left".
        private func laughter(in folder: URL, level: Float) throws -> [UInt8] {
            let file = folder.appending(path: "laughed.wav").path
            #expect(try run("/usr/bin/espeak-ng", ["-v", "en-us", "-w", file, "laughed"]).status == 0)
            let silence = [Float](repeating: 0, count: 24_000)
            let laughed = try MonoReader(path: file).readAll(longestSeconds: 10).map { $0 * level }
            return Speech(words: [], samples: silence + laughed + silence + (try Speech.demo().samples)).bytes
        }

        private func learn(_ options: [String], _ daemon: RunningDaemon) throws -> String {
            let result = try run("attune", ["learn"] + options + ["--socket", daemon.socketPath])
            #expect(result.status == 0, "\(result)")
            return result.stdout
        }

        @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/espeak-ng")))
        func `a false alarm that was marked does not come back, until that is undone`() async throws {
            try await withTemporaryFolder { folder in
                let environment = ["STATE_DIRECTORY": folder.path]
                let configuration = "learn: {keep: true}\nwords: {left: {after: []}}"
                func words(_ count: Int, level: Float, _ body: (RunningDaemon) async throws -> Void) async throws
                    -> [String]
                {
                    // What an earlier one heard would be told again.
                    try? FileManager.default.removeItem(at: folder.appending(path: "events.jsonl"))
                    let daemon = try RunningDaemon(
                        hearing: try laughter(in: folder, level: level), configuration: configuration,
                        environment: environment)
                    try daemon.ready()
                    let words = try await daemon.events(count, withinSeconds: 30).map(\.keyword)
                    try await body(daemon)
                    return words
                }
                let first = try await words(1, level: 1) { daemon in
                    _ = try run("attune", ["wrong", "1", "--socket", daemon.socketPath])
                    let shown = try learn([], daemon)
                    #expect(shown.contains("1, 1 -> 0"), "\(shown)")
                    // To look changes nothing.
                    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "corrections.json").path))
                    let applied = try learn(["--apply"], daemon)
                    #expect(applied.contains("1 sound is known to be no word"), "\(applied)")
                }
                #expect(first == ["left"])
                let second = try await words(2, level: 0.4) { daemon in
                    let undone = try learn(["--undo"], daemon)
                    #expect(undone.contains("undone"), "\(undone)")
                    let again = try run("attune", ["learn", "--undo", "--socket", daemon.socketPath])
                    #expect(again.status != 0 && again.stderr.contains("nothing to undo"), "\(again)")
                }
                #expect(second == ["computer", "left"])
                let third = try await words(1, level: 0.4) { _ in }
                #expect(third == ["left"])
            }
        }

        @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/espeak-ng")))
        func `a voice that a word of one's own missed is heard once that was marked, until that is undone`()
            async throws
        {
            try await withTemporaryFolder { folder in
                let takes = try [130, 145, 160].map {
                    try Speech.say("hello pantry", voice: "en-us", speed: $0, in: folder)
                }
                let silence = [Float](repeating: 0, count: 24_000)
                let marker = try Speech.read(
                    URL(filePath: try Speech.say("jarvis", voice: "en-us", speed: 150, in: folder)))
                /// Hears another voice say the word, and then one word of the model.
                func listen(speed: Int, _ body: (RunningDaemon) async throws -> Void) async throws -> [String] {
                    try? FileManager.default.removeItem(at: folder.appending(path: "events.jsonl"))
                    let other = try Speech.read(
                        URL(filePath: try Speech.say("hello pantry", voice: "nl", speed: speed, in: folder)))
                    let daemon = try RunningDaemon(
                        hearing: Speech(words: [], samples: silence + other + silence + marker + silence).bytes,
                        configuration: "learn: {keep: true}", environment: ["STATE_DIRECTORY": folder.path])
                    try daemon.ready()
                    var words: [String] = []
                    while words.last != "jarvis" {
                        words = try await daemon.events(words.count + 1, withinSeconds: 30).map(\.keyword)
                    }
                    try await body(daemon)
                    return words
                }
                let untaught = try await listen(speed: 150) { daemon in
                    let taught = try run(
                        "attune", ["enroll", "hello pantry"] + takes + ["--socket", daemon.socketPath])
                    #expect(taught.status == 0, "\(taught)")
                }
                #expect(untaught == ["jarvis"])
                let missing = try await listen(speed: 150) { daemon in
                    let missed = try run("attune", ["missed", "hello pantry", "--socket", daemon.socketPath])
                    #expect(missed.status == 0 && missed.stdout.contains("missed  hello pantry"), "\(missed)")
                    let applied = try learn(["--apply"], daemon)
                    #expect(applied.contains("1, 0 -> 1   taught again"), "\(applied)")
                    let word = try run(
                        "attune",
                        [
                            "words", "export", "hello pantry", folder.appending(path: "p.word").path, "--socket",
                            daemon.socketPath,
                        ])
                    #expect(word.status == 0 && word.stdout.contains("with 4 takes"), "\(word)")
                }
                #expect(missing == ["jarvis"])
                let hearing = try await listen(speed: 158) { daemon in
                    let undone = try learn(["--undo"], daemon)
                    #expect(undone.contains("undone"), "\(undone)")
                }
                #expect(hearing == ["hello pantry", "jarvis"])
                let deaf = try await listen(speed: 158) { _ in }
                #expect(deaf == ["jarvis"])
            }
        }

        @Test func `what was learned and is damaged harms nothing else, and is told`() async throws {
            try await withTemporaryFolder { folder in
                try folder.adding("corrections.json", Array("{\"format\":1,\"corrections\":[{}]}".utf8))
                let daemon = try RunningDaemon(
                    hearing: try Speech.demo().bytes, environment: ["STATE_DIRECTORY": folder.path])
                try daemon.ready()
                #expect(try await daemon.events(1, withinSeconds: 30).first?.keyword == "computer")
                #expect(try await daemon.logs("corrections.json is damaged; delete it"))
                let result = try run("attune", ["learn", "--apply", "--socket", daemon.socketPath])
                #expect(result.status != 0 && result.stderr.contains("damaged"), "\(result)")
            }
        }
    }
}
