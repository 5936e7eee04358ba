import FakeDevice
import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// Microphones that are healthy in ways of their own.
    @Suite struct DeviceTests {
        /// The demo up to a second.
        private func demo(upTo seconds: Double) throws -> Speech {
            let speech = try Speech.demo()
            return Speech(
                words: speech.words.filter { $0.endSeconds < seconds - 0.5 },
                samples: Array(speech.samples.prefix(Int(seconds * 16000))))
        }

        /// The same samples in several channels, each times its gain.
        private func bytes(_ speech: Speech, gains: [Float]) -> [UInt8] {
            let samples = speech.samples.flatMap { sample in gains.map { sample * $0 } }
            return Speech(words: [], samples: samples).bytes
        }

        /// Timestamps lie as far apart as the words were spoken, by a clock that goes at this speed.
        private func expectTimes(of events: [KeywordEvent], speed: Double) {
            // Where the end is estimated to come after the decision, the decision's time is told.
            let events = events.filter { $0.latencyMilliseconds > 0 }
            guard let first = events.first else { return }
            for event in events.dropFirst() {
                let spoken = Double(event.endSample - first.endSample) / 16 / speed
                let told = Double(event.timestamp.millisecondsSince1970 - first.timestamp.millisecondsSince1970)
                // Good to what a busy machine comes late for a period, before the clock is known to what it is off by.
                #expect(abs(told - spoken) < 100, "\(event.keyword)")
            }
        }

        private func status(of daemon: RunningDaemon) async throws -> StatusMessage {
            guard case .status(let status) = try await daemon.connect().answer(to: .status).content else {
                throw RunningDaemon.Failure(text: "no status")
            }
            return status
        }

        private func isClipHeard(by daemon: RunningDaemon) async throws -> Bool {
            let answer = try await daemon.connect().answer(to: .selfTest(), timeout: .seconds(15))
            guard case .selfTest(let result) = answer.content else {
                throw RunningDaemon.Failure(text: "no answer")
            }
            return result.detected
        }

        @Test(arguments: [0.9, 1.1])
        func `a microphone whose clock is off is not paced and loses nothing, and its clock is told`(
            speed: Double
        ) async throws {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes, keys: "speed \(speed)")
            try daemon.ready()
            let events = try await daemon.events(speech.words.count, withinSeconds: 60)
            #expect(events.map(\.keyword) == speech.words.map(\.text))
            expectTimes(of: events, speed: speed)
            let metrics = try await daemon.metrics()
            #expect(metrics.gaps == 0 && metrics.xruns == 0 && metrics.captureDelayMaxSeconds < 0.4)
            let clock = try #require(metrics.clockPartsPerMillion)
            #expect(abs(clock - (speed - 1) * 1e6) < 500, "\(clock)")
            #expect(try await status(of: daemon).clockPartsPerMillion != nil)
        }

        @Test func `a clock that changes its speed on the way is followed`() async throws {
            let daemon = try RunningDaemon(hearing: [], keys: "speed 0.999")
            try daemon.ready()
            func clock() async throws -> Double { try await daemon.metrics().clockPartsPerMillion ?? 0 }
            while try await abs(clock() + 1_000) > 100 { try await Task.sleep(for: .milliseconds(200)) }
            daemon.microphone.tell(speed: 1.005)
            while try await clock() < 0 { try await Task.sleep(for: .milliseconds(200)) }
            #expect(try await daemon.metrics().gaps == 0)
        }

        @Test(arguments: [[1, -1], [1, -0.6, -1, 0.8]] as [[Float]])
        func `opposite channels are heard, told, and no obstacle to the self-test`(gains: [Float]) async throws {
            let speech = try demo(upTo: 5)
            let daemon = try RunningDaemon(
                hearing: bytes(speech, gains: gains), keys: "channels_min \(gains.count)")
            try daemon.ready()
            let events = try await daemon.events(speech.words.count, withinSeconds: 30)
            #expect(!speech.words.isEmpty && events.map(\.keyword) == speech.words.map(\.text))
            #expect(try await status(of: daemon).reason.contains("opposite to the others and"))
            #expect(try await isClipHeard(by: daemon))
        }

        @Test func `a channel without sound beside one that has some is named, and fails the self-test`() async throws {
            let daemon = try RunningDaemon(
                hearing: bytes(try Speech.demo(), gains: [1, 0]), keys: "channels_min 2 formats \"S16_LE\"",
                configuration: "capture: {channel: 2}")
            try daemon.ready()
            let status = try await daemon.status(.degraded, from: daemon.connect())
            #expect(try #require(status).reason.contains("set capture.channel to mix"))
            #expect(try await !isClipHeard(by: daemon))
        }

        @Test(arguments: [1_500, 4_000])
        func `a device with periods of seconds stays open and is listening`(milliseconds: Int) async throws {
            let speech = try demo(upTo: 9)
            let daemon = try RunningDaemon(hearing: speech.bytes, keys: "period_ms \(milliseconds)")
            let states = try await states(of: daemon) {
                let events = try await daemon.events(speech.words.count, withinSeconds: 60)
                #expect(events.map(\.keyword) == speech.words.map(\.text))
                expectTimes(of: events, speed: 1)
            }
            #expect(states.allSatisfy { $0 == .starting || $0 == .listening }, "\(states)")
            #expect(states.last == .listening)
            let metrics = try await daemon.metrics()
            #expect(metrics.deviceOpenings == 1 && metrics.gaps == 0 && metrics.xruns == 0)
            #expect(daemon.exitCode(withinSeconds: 0) == nil)
        }

        @Test func `a microphone with a noise gate is listening, however long nobody speaks`() async throws {
            let demo = try Speech.demo()
            let word = demo.words[0]
            let spoken = demo.samples[
                Int((word.startSeconds - 0.1) * 16000)..<Int((word.endSeconds + 0.2) * 16000)]
            let pause = [Float](repeating: 0, count: 16000 * 13 / 2)
            let samples = pause.prefix(16000) + spoken + pause + spoken + pause
            let daemon = try RunningDaemon(hearing: Speech(words: [], samples: Array(samples)).bytes)
            let states = try await states(of: daemon) {
                let events = try await daemon.events(2, withinSeconds: 30)
                #expect(events.map(\.keyword) == [word.text, word.text])
                // And in the pause after it.
                try await Task.sleep(for: .seconds(5.5))
            }
            #expect(states.allSatisfy { $0 == .starting || $0 == .listening }, "\(states)")
        }

        /// The states that are told meanwhile, the first one before there is any audio.
        private func states(
            of daemon: RunningDaemon, during body: () async throws -> Void
        ) async throws -> [DaemonState] {
            while !FileManager.default.fileExists(atPath: daemon.socketPath) {
                try await Task.sleep(for: .milliseconds(20))
            }
            let client = try await daemon.connect()
            let told = Task {
                var states: [DaemonState] = []
                for try await message in client.messages {
                    if case .status(let status) = message.content { states.append(status.state) }
                }
                return states
            }
            try await body()
            client.close()
            return try await told.value
        }
    }
}
