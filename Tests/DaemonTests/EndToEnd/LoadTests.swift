import FakeDevice
import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct LoadTests {
        private static let garbage: [[UInt8]] = [
            Array("{".utf8), Array("[]\n".utf8), [0xff, 0xfe, 0x0a], Array("{\"request\":7}\n".utf8),
            Array("{\"id\":1,\"request\":\"audio\",\"event\":-1}\n".utf8), [UInt8](repeating: 65, count: 70_000),
        ]

        @Test func `hundreds of readers that never read, and storms of others, cost no word, no sample and no memory`()
            async throws
        {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(
                hearing: speech.bytes, configuration: "words: {default: {after: []}}\nsocket: {max_readers: 400}\n")
            try daemon.ready()
            var held: [RawSocket] = []
            for number in 0..<300 {
                let reader = try RawSocket(connectedTo: daemon.socketPath)
                for _ in 0..<20 where number % 3 == 0 { reader.write(Array("{\"request\":\"metrics\"}\n".utf8)) }
                held.append(reader)
            }
            let storm = Task.detached {
                var count = 0
                while !Task.isCancelled {
                    // Connected, abused and left, again and again; one that is refused is as good.
                    let reader = try? RawSocket(connectedTo: daemon.socketPath)
                    reader?.write(Self.garbage[count % Self.garbage.count])
                    count += 1
                    try? await Task.sleep(for: .milliseconds(1))
                }
                return count
            }
            let words = try await daemon.events(speech.words.count, withinSeconds: 60)
            storm.cancel()
            #expect(words.map(\.keyword) == speech.words.map(\.text))
            #expect(await storm.value > 1000)
            let metrics = try await daemon.metrics()
            #expect(metrics.gaps == 0 && metrics.refusedSamples == 0 && metrics.lostDetections == 0)
            #expect(metrics.readers >= 300 && metrics.residentBytes < 64 << 20, "\(metrics)")
            _ = held
        }
    }
}
