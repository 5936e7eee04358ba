import Client
import FakeDevice
import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// What was said around a word, for those who ask.
    @Suite struct AudioTests {
        /// All samples of an answer, and that its pieces join.
        private func samples(_ request: AudioRequest, of client: EventClient) async throws -> [Int16] {
            var samples: [Int16] = []
            var message: ReceivedMessage? = try await client.answer(to: .audio(request))
            let messages = client.messages.makeAsyncIterator()
            var next: UInt64?
            while let received = message {
                if case .error(let error) = received.content { throw error }
                if case .audio(let audio) = received.content {
                    #expect(next == nil || audio.startSample == next)
                    next = audio.startSample + UInt64(audio.samples.count)
                    samples += audio.samples
                    if audio.isEnd { return samples }
                }
                message = try await messages.next()
            }
            return samples
        }

        /// What the microphone played, as the daemon keeps it.
        private func played(_ speech: Speech) -> [Int16] {
            speech.samples.map { Int16(clamping: Int(($0 * 32768).rounded())) }
        }

        @Test func `an event's audio is what was said, to the sample, from before the word on and live after it`()
            async throws
        {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            let event = try #require(try await daemon.events(1, withinSeconds: 30).first)
            let client = try await daemon.connect()
            // Two seconds from half a second before the word: most of it is still to be heard.
            let request = AudioRequest(start: .beforeEvent(id: event.id, milliseconds: 500), milliseconds: 2_000)
            let found = try await samples(request, of: client)
            let first = Int(event.startSample) - 8_000
            #expect(found == Array(played(speech)[first..<first + 32_000]))
            // The same again, all of it from memory.
            #expect(try await samples(request, of: client) == found)
        }

        @Test func `what an overrun lost is silence, and what follows is in its place`() async throws {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            daemon.microphone.tell(.xrun)
            let event = try #require(try await daemon.events(1, withinSeconds: 30).first)
            let request = AudioRequest(start: .sample(event.startSample), milliseconds: 100)
            let found = try await samples(request, of: daemon.connect())
            // The gap's length is by the clock: what was said may lie a few periods beside its place.
            let all = played(speech)
            let near = max(0, Int(event.startSample) - 1_600)..<Int(event.startSample) + 1_600
            #expect(near.contains { Array(all[$0..<$0 + found.count]) == found })
        }

        @Test func `what is not kept, not known or switched off is an error that says so`() async throws {
            let daemon = try RunningDaemon(
                hearing: Speech.demo().bytes, configuration: "capture: {keep_seconds: 1}")
            try daemon.ready()
            _ = try await daemon.events(2, withinSeconds: 30)
            let client = try await daemon.connect()
            func failure(_ start: AudioRequest.Start, _ client: EventClient) async throws -> String {
                let error = await #expect(throws: ErrorMessage.self) {
                    _ = try await client.answer(to: .audio(AudioRequest(start: start, milliseconds: 100)))
                }
                return error?.error ?? ""
            }
            #expect(try await failure(.sample(0), client).contains("raise capture.keep_seconds"))
            #expect(try await failure(.beforeEvent(id: 99, milliseconds: 0), client).contains("no event 99"))
            let deaf = try RunningDaemon(hearing: [], configuration: "capture: {keep_seconds: 0}")
            try deaf.ready()
            #expect(try await failure(.sample(0), deaf.connect()).contains("set capture.keep_seconds"))
        }
    }
}
