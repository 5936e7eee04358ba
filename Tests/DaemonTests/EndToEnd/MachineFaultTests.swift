import FakeDevice
import Foundation
import Protocol
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
            let client = try await daemon.connect()
            _ = try await client.answer(to: .subscribe([.gap]))
            let stopped = ContinuousClock.now
            daemon.send(SIGSTOP)
            try await Task.sleep(for: .seconds(2.5))
            daemon.send(SIGCONT)
            var lost: UInt64 = 0
            for try await message in client.messages {
                guard case .gap(let gap) = message.content else { continue }
                lost = gap.lostSamples
                break
            }
            // It cannot have missed more: what it heard and what it lost is what went by.
            let passed = (ContinuousClock.now - stopped) / .seconds(1)
            let words = try await daemon.events(2, withinSeconds: 30)
            #expect(
                words.count == 2 && isPart(words.map(\.keyword), of: speech),
                "\(words.map(\.keyword)) \(daemon.logText)")
            // Half a second and more is in the device's buffer.
            #expect((1.5...passed + 0.1).contains(Double(lost) / 16000), "\(lost)")
            let metrics = try await daemon.metrics()
            #expect(metrics.gaps >= 1 && metrics.lostSamples >= lost, "\(metrics)")
        }

        /// The pipe of a log that nobody reads, full already.
        private func fullPipe() throws -> Pipe {
            let pipe = Pipe()
            let descriptor = pipe.fileHandleForWriting.fileDescriptor
            let flags = fcntl(descriptor, F_GETFL)
            _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
            let bytes = [UInt8](repeating: 0, count: 4096)
            while write(descriptor, bytes, bytes.count) > 0 {}
            _ = fcntl(descriptor, F_SETFL, flags)
            return pipe
        }

        @Test func `a log that nobody reads stops no event, no watchdog and no stop`() async throws {
            let speech = try Speech.demo()
            let pipe = try fullPipe()
            let daemon = try RunningDaemon(
                hearing: speech.bytes, environment: ["ATTUNED_LOG_LEVEL": "trace"],
                standardError: pipe.fileHandleForWriting)
            try daemon.ready()
            let words = try await daemon.events(3, withinSeconds: 30)
            #expect(words.map(\.keyword) == speech.words.prefix(3).map(\.text))
            for _ in 1...2 { #expect(daemon.notify.receive(untilLine: { $0 == "WATCHDOG=1" }) != nil) }
            #expect(try await daemon.metrics().lostLogMessages == 0, "so few have room in the queue")
            daemon.send(SIGTERM)
            #expect(daemon.exitCode(withinSeconds: 30) == 0)
        }

        @Test func `a disk that hangs under the journal of events delays no word and no stop`() async throws {
            let speech = try Speech.demo()
            try await withTemporaryFolder { folder in
                // Opening it to write waits for a reader, for ever.
                _ = try folder.addingPipe("events.jsonl")
                let daemon = try RunningDaemon(hearing: speech.bytes, environment: ["STATE_DIRECTORY": folder.path])
                try daemon.ready()
                let words = try await daemon.events(3, withinSeconds: 30)
                #expect(words.map(\.keyword) == speech.words.prefix(3).map(\.text))
                daemon.send(SIGTERM)
                #expect(daemon.exitCode(withinSeconds: 30) == 0)
            }
        }

        @Test func `a limit of descriptors that is too low is refused with what is needed`() throws {
            for limit in [16, 24, 32, 48] {
                let result = try run(
                    "/usr/bin/prlimit",
                    ["--nofile=\(limit):\(limit)", Binary.url("attuned").path, "--socket", "/tmp/none"])
                #expect(result.status == 78, "\(limit): \(result)")
                #expect(
                    result.stderr.contains("of the \(limit) that are allowed, and 48 are needed"), "\(result.stderr)")
            }
        }

        @Test func `readers leave a reserve of descriptors, so that a microphone comes back beside a crowd`()
            async throws
        {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes) { _ in ["/usr/bin/prlimit", "--nofile=80:80"] }
            try daemon.ready()
            let client = try await daemon.connect()
            var crowd: [RawSocket] = []
            for _ in 1...100 { crowd.append(try RawSocket(connectedTo: daemon.socketPath)) }
            let degraded = try #require(try await daemon.status(.degraded, from: client))
            #expect(degraded.reason.contains("file descriptors run out"))
            daemon.microphone.tell(.vanish)
            #expect(try await daemon.status(.noDevice, from: client) != nil)
            daemon.microphone.tell(.comeBack)
            for try await message in client.messages {
                guard case .keyword(let event) = message.content else { continue }
                #expect(event.keyword == speech.words[0].text)
                break
            }
            crowd = []
            #expect(try await daemon.status(.listening, from: client) != nil)
            _ = try await daemon.connect()
        }

        @Test
        func `where nobody can be accepted the daemon waits instead of spinning, says so, and goes on afterwards`()
            async throws
        {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            func limit(_ count: Int) throws {
                let result = try run(
                    "/usr/bin/prlimit", ["--pid", "\(daemon.processIdentifier)", "--nofile=\(count):"])
                #expect(result.status == 0)
            }
            /// What part of a processor it takes.
            func cost() async throws -> Double {
                var seconds: [(cpu: Double, uptime: Double)] = []
                for _ in 1...2 {
                    guard case .metrics(let metrics) = try await client.answer(to: .metrics).content else { continue }
                    seconds.append((metrics.cpuSeconds, metrics.uptimeSeconds))
                    if seconds.count == 1 { try await Task.sleep(for: .seconds(2)) }
                }
                return (seconds[1].cpu - seconds[0].cpu) / (seconds[1].uptime - seconds[0].uptime)
            }
            let before = try await cost()
            try limit(3)
            let waiting = try (1...5).map { _ in try RawSocket(connectedTo: daemon.socketPath) }
            let degraded = try #require(try await daemon.status(.degraded, from: client))
            #expect(degraded.reason.contains("file descriptors run out"))
            let spinning = try await cost()
            #expect(spinning < before + 0.25, "\(before), then \(spinning) of a processor")
            try limit(1024)
            #expect(try await daemon.status(.listening, from: client) != nil)
            // Those who waited are served first, and on a busy machine that takes its time.
            for _ in 0..<500 where (try? await daemon.connect()) == nil { try await Task.sleep(for: .milliseconds(20)) }
            _ = try await daemon.connect()
            _ = waiting
            #expect(try await daemon.logs("readers cannot be accepted"))
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
            let words = try await daemon.events(1, withinSeconds: 30)
            #expect(words.map(\.keyword) == [speech.words[0].text])
        }
    }
}
