import Events
import FakeDevice
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What a machine does to a daemon: it stands still, its clock jumps, it has no descriptors left.
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
            #expect(words.count == 2 && isPart(words.map(\.keyword), of: speech), "\(words.map(\.keyword))")
            #expect(ContinuousClock.now - continued < .seconds(6))
            let metrics = try await daemon.metrics()
            // Half a second is in the device's buffer.
            #expect(metrics.gaps == 1 && (1.5...2.6).contains(Double(metrics.lostSamples) / 16000), "\(metrics)")
        }

        @Test func `a clock that is set changes the timestamps and nothing else`() async throws {
            let library = ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1" }
                .first(where: FileManager.default.fileExists)
            guard let library else {
                print("left out: a clock that is set, which needs the package libfaketime")
                return
            }
            let clock = FileManager.default.temporaryDirectory.appending(path: "clock-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: clock) }
            func set(_ offset: String) throws { try offset.write(to: clock, atomically: false, encoding: .utf8) }
            try set("+0")
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(
                hearing: speech.bytes,
                environment: [
                    "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock.path, "FAKETIME_NO_CACHE": "1",
                    "DONT_FAKE_MONOTONIC": "1",
                ])
            try daemon.ready()
            let client = try await daemon.connect()
            var events: [KeywordEvent] = []
            for try await message in client.messages {
                switch message.content {
                case .status(let status): #expect(status.state == .listening)
                case .keyword(let event):
                    events.append(event)
                    if events.count == 1 { try set("-7200") }
                    if events.count == 2 { try set("+86400") }
                default: break
                }
                if events.count == 3 { break }
            }
            #expect(events.map(\.keyword) == speech.words.prefix(3).map(\.text))
            let hours = events.map { Double($0.timestamp.millisecondsSince1970) / 3_600_000 }
            #expect(abs(hours[1] - hours[0] + 2) < 0.1 && abs(hours[2] - hours[0] - 24) < 0.1, "\(hours)")
            #expect(try await daemon.metrics().gaps == 0)
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

    /// A connection that is only held.
    private final class RawSocket {
        private let descriptor: Int32

        init(connectedTo path: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard result == 0 else { throw RunningDaemon.Failure(text: String(cString: strerror(errno))) }
        }

        deinit { close(descriptor) }
    }
}
