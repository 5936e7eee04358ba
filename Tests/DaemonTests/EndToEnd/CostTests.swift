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
                #expect(try await daemon.events(2, withinSeconds: 8).count == 2)
            } else {
                while try await heardSeconds() < 4 {}
            }
            let after = try #require(CallCounts(path: counts.path)).callsByThread
            for thread in ["capture", "listening"] {
                #expect(before[thread] != nil && before[thread] == after[thread], "\(thread): \(before), \(after)")
            }
        }

        @Test func `the daemon stays under 40 MB`() async throws {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            _ = try await daemon.events(2, withinSeconds: 8)
            let client = try await daemon.connect()
            let answer = try await client.answer(to: .metrics)
            guard case .metrics(let metrics) = answer.content else {
                Issue.record("no metrics")
                return
            }
            #expect(metrics.residentBytes > 0 && metrics.residentBytes < 40 << 20)
        }
    }
}
