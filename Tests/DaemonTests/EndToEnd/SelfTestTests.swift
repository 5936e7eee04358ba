import Client
import FakeDevice
import Foundation
import Models
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// The daemon hears its model's own clip while the microphone goes on.
    @Suite struct SelfTestTests {
        private func answer(of client: EventClient) async throws -> SelfTestAnswer {
            guard case .selfTest(let answer) = try await client.answer(to: .selfTest(), timeout: .seconds(10)).content
            else { throw RunningDaemon.Failure(text: "no answer") }
            return answer
        }

        @Test func `the clip is detected in time, and is nobody's event`() async throws {
            let daemon = try RunningDaemon(hearing: [])
            try daemon.ready()
            let client = try await daemon.connect()
            let found = try await answer(of: client)
            #expect(found.detected && found.confidence ?? 0 > 0.5)
            #expect(try #require(found.latencyMilliseconds) < 500)
            #expect(try await answer(of: client).detected, "again")
            let command = try run("attune", ["selftest", "--socket", daemon.socketPath])
            #expect(command.status == 0 && command.stdout.hasPrefix("heard \"\(found.keyword)\""), "\(command)")
            #expect(try await daemon.metrics().detections.isEmpty)
            guard case .events(let events) = try await client.answer(to: .events(since: 0)).content else { return }
            #expect(events.count == 0)
        }

        @Test func `a model that has become deaf is found out`() async throws {
            try await withTemporaryFolder { folder in
                let copy = try ModelCopy(in: folder)
                try copy.answerAlways(ModelDescription.silenceLabel)
                let daemon = try RunningDaemon(hearing: [], configuration: "model: {path: \(copy.path)}")
                try daemon.ready()
                let found = try await answer(of: daemon.connect())
                #expect(!found.detected && found.confidence == nil)
                let command = try run("attune", ["selftest", "--socket", daemon.socketPath])
                #expect(command.status == 1 && command.stdout.hasPrefix("not heard"), "\(command)")
            }
        }

        @Test func `where nothing flows the answer is why`() async throws {
            let daemon = try RunningDaemon(hearing: [])
            try daemon.ready()
            let client = try await daemon.connect()
            _ = try await client.answer(to: .mute())
            #expect(try await daemon.status(.muted, from: client) != nil)
            let error = await #expect(throws: ErrorMessage.self) {
                _ = try await daemon.connect().answer(to: .selfTest())
            }
            #expect(error?.error.contains("closed on request") == true)
        }
    }
}
