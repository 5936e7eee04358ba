import FakeDevice
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct CostTests {
        @Test(arguments: ["", "rates \"48000\""])
        func `neither the capture nor the listening thread allocates once warm, events included`(keys: String)
            async throws
        {
            let counts = FileManager.default.temporaryDirectory.appending(path: "counts-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: counts) }
            let speech = try Speech.demo()
            // At 48 kHz the same bytes are a squeal in a third of the time: the resampler runs, no word comes.
            let daemon = try RunningDaemon(
                hearing: speech.bytes, keys: keys,
                environment: [
                    "LD_PRELOAD": FakeDevices.buildFolder + "/libAllocationCounter.so",
                    "ALLOCATION_COUNTER_FILE": counts.path,
                ])
            try daemon.ready()
            let client = try await daemon.connect()
            func heardSeconds() async throws -> Double {
                let answer = try await client.answer(to: .metrics)
                guard case .metrics(let metrics) = answer.content else { return 0 }
                return Double(metrics.samples) / 16000
            }
            while try await heardSeconds() < 0.9 {}
            let before = try allocations(counts)
            if keys.isEmpty {
                #expect(try await daemon.events(2, withinSeconds: 8).count == 2)
            } else {
                while try await heardSeconds() < 4 {}
            }
            let after = try allocations(counts)
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

        /// Malloc, calloc, realloc, aligned and free calls by thread, as AllocationCounter.h lays them out.
        private func allocations(_ file: URL) throws -> [String: [UInt64]] {
            let bytes = [UInt8](try Data(contentsOf: file))
            try #require(bytes.count == 1024)
            var threads: [String: [UInt64]] = [:]
            for slot in stride(from: 64, to: 1024, by: 64) {
                let name = String(decoding: bytes[slot..<slot + 16].prefix { $0 != 0 }, as: UTF8.self)
                threads[name] = bytes.withUnsafeBytes { buffer in
                    (0..<5).map { buffer.loadUnaligned(fromByteOffset: slot + 16 + 8 * $0, as: UInt64.self) }
                }
            }
            return threads
        }
    }
}
