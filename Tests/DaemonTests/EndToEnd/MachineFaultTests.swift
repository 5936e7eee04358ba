import Events
import FakeDevice
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What a machine does to a daemon: it stands still, it has no descriptors left.
    @Suite struct MachineFaultTests {
        /// The words of the demo that are heard, from the first event on.
        private func isPart(_ heard: [String], of speech: Speech) -> Bool {
            let words = speech.words.map(\.text)
            return words.indices.contains { Array(words[$0...].prefix(heard.count)) == heard }
        }

        @Test func `a daemon that stood still counts what it missed, and hears what follows`() async throws {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            daemon.send(SIGSTOP)
            try await Task.sleep(for: .seconds(2.5))
            daemon.send(SIGCONT)
            let continued = ContinuousClock.now
            let words = try await daemon.events(2, withinSeconds: 8)
            #expect(
                words.count == 2 && isPart(words.map(\.keyword), of: speech),
                "\(words.map(\.keyword)) \(daemon.logText)")
            #expect(ContinuousClock.now - continued < .seconds(6))
            let metrics = try await daemon.metrics()
            // Half a second is in the device's buffer.
            #expect(metrics.gaps == 1 && (1.5...2.6).contains(Double(metrics.lostSamples) / 16000), "\(metrics)")
        }

        @Test func `without free descriptors what is open works on, and all of it does once there are some`()
            async throws
        {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.processIdentifier)/fd").count
            let limited = try run(
                "/usr/bin/prlimit", ["--pid", "\(daemon.processIdentifier)", "--nofile=\(open + 5)"])
            #expect(limited.status == 0)
            // They wait in the listening socket's queue: a connection costs the client nothing.
            var crowd: [RawSocket] = []
            for _ in 1...40 { crowd.append(try RawSocket(connectedTo: daemon.socketPath)) }
            daemon.microphone.tell(.vanish)
            #expect(try await daemon.status(.noDevice, from: client) != nil)
            daemon.microphone.tell(.comeBack)
            try await Task.sleep(for: .seconds(1))
            #expect(daemon.exitCode(withinSeconds: 0) == nil, "\(daemon.logText)")
            crowd = []
            #expect(try await daemon.status(.listening, from: daemon.connect()) != nil)
            let words = try await daemon.events(1, withinSeconds: 8)
            #expect(words.map(\.keyword) == [speech.words[0].text])
        }
    }
}
