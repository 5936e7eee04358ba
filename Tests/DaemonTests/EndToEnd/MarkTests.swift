import Client
import Foundation
import Protocol
import TestSupport
import Testing
import Time

extension EndToEnd {
    /// What people say about what was heard.
    @Suite struct MarkTests {
        private func withState(_ body: (URL, [String: String]) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                let state = folder.appending(path: "state")
                try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
                try await body(state, ["STATE_DIRECTORY": state.path])
            }
        }

        private func files(in state: URL) throws -> [String] {
            let folder = state.appending(path: "learn").path
            guard FileManager.default.fileExists(atPath: folder) else { return [] }
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        }

        @Test func `a mark keeps the sound that was decided on, where that is asked for, and one command deletes it`()
            async throws
        {
            let demo = try Speech.demo()
            try await withState { state, environment in
                let daemon = try RunningDaemon(
                    hearing: demo.bytes, configuration: "learn: {keep: true}\nwords: {left: {threshold: 1}}",
                    environment: environment)
                try daemon.ready()
                _ = try await daemon.events(1, withinSeconds: 30)
                let wrong = try run("attune", ["wrong", "--socket", daemon.socketPath])
                #expect(wrong.status == 0 && wrong.stdout.contains("wrong   computer"), "\(wrong)")
                // "left" comes at 2.5 s and can never be heard; "jarvis" is heard after it.
                _ = try await daemon.events(2, withinSeconds: 30)
                let missed = try run("attune", ["missed", "left", "--socket", daemon.socketPath])
                #expect(missed.status == 0 && missed.stdout.contains("missed  left"), "\(missed)")
                #expect(try run("attune", ["right", "2", "--socket", daemon.socketPath]).status == 0)

                let kept = try files(in: state)
                #expect(kept.count == 6)
                let heard = try kept.filter { $0.hasSuffix(".wav") }.map { file in
                    let path = state.appending(path: "learn/\(file)").path
                    let attributes = try FileManager.default.attributesOfItem(atPath: path)
                    #expect(attributes[.posixPermissions] as? Int == 0o600)
                    return try run("attune", ["spot", path]).stdout
                }
                for (word, text) in zip(["computer", "left", "jarvis"], heard) {
                    #expect(text.contains(word), "\(word): \(text)")
                }
                let list = try run("attune", ["learn", "--list", "--json", "--socket", daemon.socketPath])
                #expect(list.stdout.contains("\"kind\":\"right\",\"keyword\":\"jarvis\",\"event\":2"), "\(list)")
                #expect(list.stdout.contains("\"keep\":true"), "\(list)")
                #expect(try run("attune", ["learn", "--forget", "--socket", daemon.socketPath]).status == 0)
                #expect(try files(in: state).isEmpty)
            }
        }

        @Test func `what is older than it may be is gone once the daemon runs`() async throws {
            try await withState { state, environment in
                let mark = Mark(
                    name: "00946684800000-1234", kind: .wrong, keyword: "left", event: 1,
                    timestamp: Timestamp(millisecondsSince1970: 946_684_800_000), score: 3, thresholdScore: 2,
                    model: "commands", modelVersion: "1.3.0", hasAudio: true)
                try state.adding("learn/\(mark.name).json", mark.jsonLine().utf8)
                try state.adding("learn/\(mark.name).wav", [1])
                let daemon = try RunningDaemon(hearing: [], environment: environment)
                try daemon.ready()
                let end = ContinuousClock.now + .seconds(20)
                while try !files(in: state).isEmpty, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try files(in: state).isEmpty)
            }
        }

        @Test func `as shipped a mark keeps numbers alone, and what is gone or unknown is told`() async throws {
            let demo = try Speech.demo()
            try await withState { state, environment in
                let daemon = try RunningDaemon(hearing: demo.bytes, environment: environment)
                try daemon.ready()
                let event = try #require(try await daemon.events(1, withinSeconds: 30).first)
                let client = try await daemon.connect()
                let answer = try await client.answer(to: .mark(.judge(event: event.id, .wrong)))
                guard case .mark(let mark) = answer.content else { return }
                #expect(mark.keyword == "computer" && !mark.hasAudio && mark.score > mark.thresholdScore)
                #expect(try files(in: state) == ["\(mark.name).json"])
                for (request, reason) in [
                    (MarkRequest.judge(event: 999, .right), "no event 999"),
                    (.missed(name: "nobody"), "no word nobody"),
                ] {
                    do {
                        _ = try await client.answer(to: .mark(request), timeout: .seconds(20))
                        Issue.record("kept: \(request)")
                    } catch {
                        #expect((error as? ErrorMessage)?.error.contains(reason) == true, "\(error)")
                    }
                }
                // Half written, and rubbish: neither is read, nor stays.
                try state.adding("learn/00000000000001-1.json", Array("{".utf8))
                try state.adding("learn/00000000000002-1.wav", [1])
                guard case .marks(let kept) = try await client.answer(to: .mark(.list)).content else { return }
                #expect(kept.marks == [mark] && !kept.keepsSound)
                let list = try run("attune", ["learn", "--list", "--socket", daemon.socketPath])
                #expect(list.status == 0 && list.stderr.contains("learn.keep: true"), "\(list)")
                #expect(try files(in: state) == ["\(mark.name).json"])
            }
            let deaf = try RunningDaemon(hearing: [])
            try deaf.ready()
            let missed = try run("attune", ["missed", "alexa", "--socket", deaf.socketPath])
            #expect(missed.status != 0 && missed.stderr.contains("nothing was like alexa"), "\(missed)")
        }
    }
}
