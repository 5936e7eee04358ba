import Client
import Foundation
import Models
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// Words of one's own and another model than the one that they were taught to.
    @Suite(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/espeak-ng")))
    struct CarriedWordTests {
        /// A word that was taught to one version of a model, and another version with networks of its own.
        private struct House {
            let first: ModelCopy
            let second: ModelCopy
            let state: String
            /// The word, said at another speed than in the takes.
            let speech: Speech

            var store: OwnWordStore { OwnWordStore(path: state + "/words") }
            var environment: [String: String] { ["STATE_DIRECTORY": state] }

            init(in folder: URL) throws {
                first = try ModelCopy(in: folder, name: "commands/1.3.0")
                second = try ModelCopy(in: folder, name: "commands/9.0.0")
                try second.replace("\"version\": \"1.3.0\"", by: "\"version\": \"9.0.0\"")
                try second.changeTrunk()
                state = folder.appending(path: "state").path
                try FileManager.default.createDirectory(atPath: state + "/words", withIntermediateDirectories: true)
                func say(speed: Int) throws -> String {
                    try Speech.say("hello pantry", voice: "en-us", speed: speed, in: folder)
                }
                let takes = try [125, 140, 150, 165].map(say)
                let word = state + "/words/pantry.word"
                let taught = try run(
                    "attune", ["enroll", "hello pantry", "--model", first.path, "--output", word] + takes)
                #expect(taught.status == 0, "\(taught)")
                let said = try Speech.read(URL(filePath: try say(speed: 145)))
                let silence = [Float](repeating: 0, count: 32_000)
                speech = Speech(words: [], samples: silence + said + silence + said + silence)
            }
        }

        @Test func `a new version of the model hears what was taught to the old one, and so over a restart`()
            async throws
        {
            try await withTemporaryFolder { folder in
                let house = try House(in: folder)
                for isFirstStart in [true, false] {
                    try? FileManager.default.removeItem(atPath: house.state + "/events.jsonl")
                    let daemon = try RunningDaemon(
                        hearing: house.speech.bytes, configuration: "model: {path: \(house.second.path)}",
                        environment: house.environment)
                    try daemon.ready()
                    if isFirstStart {
                        #expect(try await daemon.logs("hello pantry is fitted to commands 9.0.0", withinSeconds: 60))
                    } else {
                        let event = try await daemon.events(1, withinSeconds: 60).first
                        #expect(event?.keyword == "hello pantry" && event?.modelVersion == "9.0.0")
                    }
                    #expect(try await daemon.metrics().ownWords == 1)
                    let test = try run("attune", ["selftest", "Hello Pantry", "--socket", daemon.socketPath])
                    #expect(test.status == 0 && test.stdout.hasPrefix("heard \"hello pantry\""), "\(test)")
                    let none = try run("attune", ["selftest", "pantry", "--socket", daemon.socketPath])
                    #expect(none.status != 0 && none.stderr.contains("there are: hello pantry"), "\(none)")
                }
                #expect(try house.store.takes(of: "hello pantry").count == 4)
            }
        }

        @Test func `words go with a model that takes over, and back`() async throws {
            try await withTemporaryFolder { folder in
                let house = try House(in: folder)
                let daemon = try RunningDaemon(
                    hearing: house.speech.bytes, configuration: "model: {path: \(house.first.path)}",
                    environment: house.environment)
                try daemon.ready()
                for version in ["9.0.0", "1.3.0"] {
                    let activated = try run("attune", ["models", "activate", version, "--socket", daemon.socketPath])
                    #expect(activated.status == 0, "\(activated)")
                    #expect(try await daemon.metrics().ownWords == 1)
                    #expect(try await daemon.logs("hello pantry is fitted to commands \(version)"))
                    let known = try #require(try house.store.word("hello pantry"))
                    #expect(known.modelVersion == version)
                }
                #expect(try await daemon.metrics().gaps == 0)
                // Without its takes it cannot follow, and that is told.
                try house.store.install(try #require(try house.store.word("hello pantry")))
                let activated = try run("attune", ["models", "activate", "9.0.0", "--socket", daemon.socketPath])
                #expect(activated.status == 0, "\(activated)")
                #expect(try await daemon.logs("the word hello pantry is not heard: it was taught to commands 1.3.0"))
            }
        }

        @Test func `a shadow hears what was taught, too`() async throws {
            try await withTemporaryFolder { folder in
                let house = try House(in: folder)
                let daemon = try RunningDaemon(
                    hearing: house.speech.bytes,
                    configuration: "model: {path: \(house.first.path), shadow: \(house.second.path)}",
                    environment: house.environment)
                try daemon.ready()
                _ = try await daemon.events(1, withinSeconds: 30)
                let end = ContinuousClock.now + .seconds(60)
                while try await daemon.metrics().shadow?.words["hello pantry"]?.agreed ?? 0 == 0 {
                    guard ContinuousClock.now < end else { throw RunningDaemon.Failure(text: "nothing is compared") }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }
    }
}
