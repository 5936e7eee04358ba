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
