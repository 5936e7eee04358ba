import FakeDevice
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct CostTests {
        @Test(arguments: ["", "rates \"48000\""])
        func `neither the capture nor the listening thread allocates or locks once warm, events included`(keys: String)
            async throws
        {
            let counts = FileManager.default.temporaryDirectory.appending(path: "counts-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: counts) }
            let speech = try Speech.demo()
            // At 48 kHz the same bytes are a squeal in a third of the time: the resampler runs, no word comes.
            let daemon = try RunningDaemon(
                hearing: speech.bytes, keys: keys,
                environment: CallCounts.environment(countingInto: counts.path))
            try daemon.ready()
            let client = try await daemon.connect()
            func heardSeconds() async throws -> Double {
                let answer = try await client.answer(to: .metrics)
                guard case .metrics(let metrics) = answer.content else { return 0 }
                return Double(metrics.samples) / 16000
            }
            while try await heardSeconds() < 0.9 {}
            let before = try #require(CallCounts(path: counts.path)).callsByThread
            if keys.isEmpty {
                #expect(try await daemon.events(2, withinSeconds: 30).count == 2)
            } else {
                while try await heardSeconds() < 4 {}
            }
            let after = try #require(CallCounts(path: counts.path)).callsByThread
            for thread in ["capture", "listening"] {
                #expect(before[thread] != nil && before[thread] == after[thread], "\(thread): \(before), \(after)")
            }
        }

        @Test
        func `a second look allocates and locks nothing on the listening thread once warm`() async throws {
            let counts = FileManager.default.temporaryDirectory.appending(path: "counts-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: counts) }
            // Three seconds of quiet to get warm in.
            let sound = [Float](repeating: 0, count: 48000) + beeps(hertz: [440, 700, 440])
            let daemon = try RunningDaemon(
                hearing: Speech(words: [], samples: sound).bytes,
                configuration: "{model: {path: \"\(Fixture.twoNetworksPath)\"}, words: {default: {after: []}}}",
                environment: CallCounts.environment(countingInto: counts.path))
            try daemon.ready()
            while try await daemon.metrics().samples < 16000 {}
            let before = try #require(CallCounts(path: counts.path)).callsByThread
            let client = try await daemon.connect()
            let deadline = Task {
                try await Task.sleep(for: .seconds(20))
                client.close()
            }
            defer { deadline.cancel() }
            _ = try await client.answer(to: .subscribe([.keyword, .suppressed]))
            var heard: [String] = []
            for try await message in client.messages {
                if case .keyword(let event) = message.content {
                    heard.append(event.keyword)
                    #expect(event.scores?.firstConfidence != nil && event.scores?.secondConfidence != nil)
                }
                if case .suppressed(let event) = message.content {
                    heard.append("\(event.word.keyword) \(event.cause)")
                    #expect(try #require(event.word.scores?.secondConfidence) < 0.1)
                }
                if heard.count == 3 { break }
            }
            #expect(heard == ["low", "low doubted", "low"])
            let after = try #require(CallCounts(path: counts.path)).callsByThread
            #expect(before["listening"] != nil && before["listening"] == after["listening"], "\(before), \(after)")
        }

        @Test func `the whole daemon wakes at most 40 times a second while it listens, and 5 times while it is muted`()
            async throws
        {
            let daemon = try RunningDaemon(
                hearing: Speech.demo().bytes, keys: "loop 1", environment: ["WATCHDOG_USEC": "10000000"])
            try daemon.ready()
            _ = try await daemon.events(1, withinSeconds: 30)
            #expect(try await daemon.wakeUps(inSeconds: 8) / 8 <= 40)
            let client = try await daemon.connect()
            _ = try await client.answer(to: .mute())
            _ = try await daemon.status(.muted, from: client)
            client.close()
            #expect(try await daemon.wakeUps(inSeconds: 8) / 8 <= 5)
        }

        // 33 MB are pages of the shared libraries, 2 MB the second network.
        @Test func `the daemon stays under 42 MB`() async throws {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            _ = try await daemon.events(2, withinSeconds: 30)
            let client = try await daemon.connect()
            let answer = try await client.answer(to: .metrics)
            guard case .metrics(let metrics) = answer.content else {
                Issue.record("no metrics")
                return
            }
            #expect(metrics.residentBytes > 0 && metrics.residentBytes < 42 << 20)
        }
    }
}
