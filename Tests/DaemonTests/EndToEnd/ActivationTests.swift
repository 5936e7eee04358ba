import Foundation
import Models
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// One model takes over from another while the daemon listens.
    @Suite struct ActivationTests {
        /// The shipped model under two versions, in a folder of their own, and how the daemon is to use the first.
        private struct Versions {
            let first: ModelCopy
            let second: ModelCopy
            var configuration: String { "model: {path: \(first.path)}\n" }

            init(in folder: URL) throws {
                first = try ModelCopy(in: folder, name: "commands/1.3.0")
                second = try ModelCopy(in: folder, name: "commands/2.0.0")
                try second.replace("\"version\": \"1.3.0\"", by: "\"version\": \"2.0.0\"")
                try second.renewChecksums()
            }
        }

        @Test func `models are exchanged again and again while words are spoken, and none is lost or told twice`()
            async throws
        {
            let demo = try Speech.demo()
            try await withTemporaryFolder { folder in
                let versions = try Versions(in: folder)
                let daemon = try RunningDaemon(hearing: demo.bytes, configuration: versions.configuration)
                try daemon.ready()
                let client = try await daemon.connect()
                let exchanging = Task {
                    var answers: [ActivateAnswer] = []
                    let end = ContinuousClock.now + .seconds(demo.seconds)
                    while ContinuousClock.now < end {
                        let version = answers.count.isMultiple(of: 2) ? "2.0.0" : "1.3.0"
                        let request = Request.activate(ModelChoice(version: version))
                        let answer = try await client.answer(to: request, timeout: .seconds(20))
                        if case .activate(let answer) = answer.content { answers.append(answer) }
                    }
                    return answers
                }
                let events = try await daemon.events(demo.words.count, withinSeconds: demo.seconds + 10)
                let answers = try await exchanging.value
                #expect(events.map(\.keyword) == demo.words.map(\.text))
                #expect(Set(events.map(\.modelVersion)) == ["1.3.0", "2.0.0"])
                #expect(
                    answers.count > 3 && answers[0].modelVersion == "2.0.0" && answers[0].previousVersion == "1.3.0")
                let metrics = try await daemon.metrics()
                #expect(metrics.gaps == 0 && metrics.modelActivations == UInt64(answers.count))
                #expect(metrics.detections.values.reduce(0, +) == UInt64(demo.words.count))
            }
        }

        @Test func `a reader is told of the new version, also where nothing is heard`() async throws {
            try await withTemporaryFolder { folder in
                let versions = try Versions(in: folder)
                let daemon = try RunningDaemon(hearing: [], configuration: versions.configuration)
                try daemon.ready()
                let reader = try await daemon.connect()
                let muting = try run("attune", ["mute", "--socket", daemon.socketPath])
                #expect(muting.status == 0)
                #expect(try await daemon.status(.muted, from: reader) != nil)
                let command = try run("attune", ["models", "activate", "2.0.0", "--socket", daemon.socketPath])
                #expect(command.status == 0 && command.stdout == "active: commands 2.0.0, after 1.3.0\n", "\(command)")
                for try await message in reader.messages {
                    if case .status(let status) = message.content, status.modelVersion == "2.0.0" { break }
                }
                #expect(try await daemon.connect().hello.modelVersion == "2.0.0")
            }
        }

        @Test func `a model that cannot take over leaves the one before as it is`() async throws {
            try await withTemporaryFolder { folder in
                let versions = try Versions(in: folder)
                let deaf = try ModelCopy(in: folder, name: "commands/3.0.0")
                try deaf.answerAlways(ModelDescription.silenceLabel)
                let damaged = try ModelCopy(in: folder, name: "commands/4.0.0")
                try damaged.write("model.safetensors", [1, 2, 3])
                let daemon = try RunningDaemon(
                    hearing: [], configuration: versions.configuration + "words: {computer: {threshold: 0.9}}")
                try daemon.ready()
                let other = try ModelCopy(in: folder, name: "commands/5.0.0")
                try other.replace("\"computer\"", by: "\"computor\"")
                try other.renewChecksums()
                for (version, reason) in [
                    ("3.0.0", "does not hear its own clip"), ("4.0.0", "4.0.0 is damaged"),
                    ("5.0.0", "does not fit the configuration"), ("6.0.0", "there is no model commands 6.0.0"),
                    ("../commands/2.0.0", "there is no model"),
                ] {
                    let command = try run("attune", ["models", "activate", version, "--socket", daemon.socketPath])
                    #expect(command.status == 69 && command.stderr.contains(reason), "\(command)")
                    #expect(!command.stderr.contains(folder.path) || version == "5.0.0", "no path is told")
                }
                #expect(try await daemon.connect().hello.modelVersion == "1.3.0")
                #expect(try await daemon.metrics().modelActivations == 0)
            }
        }

        @Test func `a shadow hears the same and never fires, and is compared word by word`() async throws {
            let demo = try Speech.demo()
            try await withTemporaryFolder { folder in
                let versions = try Versions(in: folder)
                let shadow = "model: {path: \(versions.first.path), shadow: \(versions.second.path)}"
                let daemon = try RunningDaemon(hearing: demo.bytes, configuration: shadow)
                try daemon.ready()
                #expect(
                    try await daemon.events(demo.words.count, withinSeconds: demo.seconds + 10).map(\.modelVersion)
                        == demo.words.map { _ in "1.3.0" })
                let words = try await judged(demo.words.count, by: daemon)
                #expect(words.values.allSatisfy { $0.activeOnly == 0 && $0.shadowOnly == 0 })
                let report = try #require(try await daemon.metrics().shadow)
                #expect(report.modelVersion == "2.0.0")
                #expect(report.activeLatencyMeanMilliseconds == report.shadowLatencyMeanMilliseconds)
            }
        }

        @Test func `where the shadow is deaf, what was acted on speaks for the active model`() async throws {
            let demo = try Speech.demo()
            try await withTemporaryFolder { folder in
                let versions = try Versions(in: folder)
                try versions.second.answerAlways(ModelDescription.silenceLabel)
                let shadow = "model: {path: \(versions.first.path), shadow: \(versions.second.path)}"
                let daemon = try RunningDaemon(hearing: demo.bytes, configuration: shadow)
                try daemon.ready()
                let reader = try await daemon.connect()
                _ = try await reader.answer(to: .subscribe([.shadow]))
                _ = try await daemon.events(demo.words.count, withinSeconds: demo.seconds + 10)
                let words = try await judged(demo.words.count, by: daemon)
                #expect(words.values.allSatisfy { $0.agreed == 0 && $0.forShadow <= 1 })
                // A command that is an event came after a wake word.
                for word in demo.words where words[word.text]!.forActive == 0 { #expect(word.text == "alexa") }
                let table = try run("attune", ["models", "compare", "--socket", daemon.socketPath])
                #expect(table.status == 0 && table.stdout.contains("shadow: commands 2.0.0"), "\(table)")
                for try await message in reader.messages {
                    guard case .shadow(let event) = message.content else { continue }
                    #expect(event.heardBy == "active" && event.word.keyword == demo.words[0].text)
                    break
                }
            }
        }

        /// The counts of each word, once all of them are judged.
        private func judged(_ count: Int, by daemon: RunningDaemon) async throws -> [String: ShadowReport.Word] {
            let end = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < end {
                let words = try #require(try await daemon.metrics().shadow?.words)
                if words.values.reduce(0, { $0 + $1.agreed + $1.activeOnly + $1.shadowOnly }) >= UInt64(count) {
                    return words
                }
                try await Task.sleep(for: .milliseconds(200))
            }
            throw RunningDaemon.Failure(
                text: "not all words are judged: \(String(describing: try await daemon.metrics().shadow))")
        }
    }
}
