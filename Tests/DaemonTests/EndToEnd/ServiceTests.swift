import Client
import FakeDevice
import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// What the service manager sees.
    @Suite struct ServiceTests {
        @Test func `READY comes once audio flows and the network has run, STATUS is readable, the watchdog is pinged`()
            async throws
        {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            let lines = try daemon.ready()
            #expect(
                lines.contains { $0.hasPrefix("STATUS=Listening on \(daemon.microphone.name), level ") }, "\(lines)")
            let client = try await daemon.connect()
            let answer = try await client.answer(to: .health)
            guard case .health(let health) = answer.content else {
                Issue.record("no health")
                return
            }
            #expect(health.healthy && health.checks.inferences.total > 0)
            #expect(daemon.notify.receive(untilLine: { $0 == "WATCHDOG=1" }) != nil)
            #expect(daemon.notify.receive(untilLine: { $0.contains("last computer") }) != nil)
        }

        @Test func `a device that hangs is stalled, no watchdog is pinged, and it is heard again when it returns`()
            async throws
        {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            daemon.microphone.tell(.hang)
            let stalled = try #require(try await daemon.status(.stalled, from: client))
            #expect(stalled.reason.contains("no audio"))
            // What was on its way when the device hung; then nothing, for longer than the watchdog waits.
            while !daemon.notify.receive(withinMilliseconds: 100).isEmpty {}
            #expect(!daemon.notify.receive(withinMilliseconds: 1600).contains("WATCHDOG=1"))
            daemon.microphone.tell(.comeBack)
            #expect(try await daemon.status(.listening, from: daemon.connect()) != nil)
            #expect(daemon.notify.receive(untilLine: { $0 == "WATCHDOG=1" }) != nil)
        }

        @Test func `SIGTERM just after a word loses no event, and the daemon is gone within a second`() async throws {
            #expect(try await EndToEnd.takes(lessThan: .seconds(1)) { try await secondsOfStop() })
        }

        /// How long a stop takes that comes right after a word.
        private func secondsOfStop() async throws -> Duration {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            let word = speech.words[0]
            // By what the daemon has heard, so that it holds however fast this machine is.
            while case .metrics(let metrics) = try await client.answer(to: .metrics).content,
                Double(metrics.samples) / 16000 < word.endSeconds + 0.1
            {}
            let started = ContinuousClock.now
            daemon.send(SIGTERM)
            var keywords: [String] = []
            var states: [DaemonState] = []
            for try await message in client.messages {
                if case .keyword(let event) = message.content { keywords.append(event.keyword) }
                if case .status(let status) = message.content { states.append(status.state) }
            }
            #expect(keywords == [word.text])
            #expect(states.last == .stopping)
            #expect(daemon.exitCode() == 0)
            let duration = ContinuousClock.now - started
            #expect(daemon.notify.receive(untilLine: { $0 == "STOPPING=1" }) != nil)
            #expect(!FileManager.default.fileExists(atPath: daemon.socketPath))
            return duration
        }

        @Test func `SIGHUP takes over new words, and keeps the old ones if the file is wrong`() async throws {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            func keywords() async throws -> [String] {
                let answer = try await client.answer(to: .status)
                guard case .status(let status) = answer.content else { return [] }
                return status.keywords
            }
            #expect(try await keywords().contains("left"))
            try "words: {left: {enabled: false}}".write(
                toFile: daemon.configurationPath, atomically: true, encoding: .utf8)
            daemon.send(SIGHUP)
            let lines = try #require(daemon.notify.receive { $0.hasPrefix("STATUS=Reloaded") })
            #expect(lines.contains("RELOADING=1") && lines.contains("READY=1"))
            #expect(try await !keywords().contains("left"))

            try "words: {left: {enabled: perhaps}}".write(
                toFile: daemon.configurationPath, atomically: true, encoding: .utf8)
            daemon.send(SIGHUP)
            #expect(daemon.notify.receive { $0.hasPrefix("STATUS=Reload failed") } != nil)
            #expect(try await daemon.logs("attuned.yaml:1: words.left.enabled"))
            let words = try await keywords()
            #expect(!words.contains("left") && words.contains("right"))
            // "computer" comes, "left" does not.
            let events = try await daemon.events(2, withinSeconds: 30)
            #expect(events.map(\.keyword) == ["computer", "jarvis"])
        }

        @Test(arguments: ["", "\n \n"])
        func `a file that was emptied, or is gone, takes nothing away`(text: String) async throws {
            let daemon = try RunningDaemon(
                hearing: Speech.demo().bytes, configuration: "words: {left: {enabled: false}}", deviceIsConfigured: true
            )
            try daemon.ready()
            try text.write(toFile: daemon.configurationPath, atomically: true, encoding: .utf8)
            daemon.send(SIGHUP)
            let lines = try #require(daemon.notify.receive { $0.hasPrefix("STATUS=Reload") })
            #expect(
                lines.contains { $0.hasPrefix("STATUS=Reload failed") && $0.contains("is empty or gone") }, "\(lines)")
            let client = try await daemon.connect()
            guard case .status(let status) = try await client.answer(to: .status).content else { return }
            #expect(status.device == daemon.microphone.name && !status.keywords.contains("left"))
        }

        @Test
        func `a configuration that does not let itself be read is given up, and holds up neither events nor a stop`()
            async throws
        {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            // A pipe that nobody writes to.
            try FileManager.default.removeItem(atPath: daemon.configurationPath)
            #expect(mkfifo(daemon.configurationPath, 0o600) == 0)
            let client = try await daemon.connect()
            let reloading = Task { try await client.answer(to: .reload, timeout: .seconds(20)) }
            let events = try await daemon.events(2, withinSeconds: 30)
            #expect(events.map(\.keyword) == speech.words.prefix(2).map(\.text))
            let error = await #expect(throws: ErrorMessage.self) { _ = try await reloading.value }
            #expect(error?.error.contains("nothing came for 5 seconds") == true)
            func reloadsGivenUp() -> Int { daemon.logText.components(separatedBy: "nothing came for 5 seconds").count }
            let before = reloadsGivenUp()
            daemon.send(SIGHUP)
            #expect(daemon.notify.receive(untilLine: { $0 == "RELOADING=1" }) != nil)
            daemon.send(SIGTERM)
            #expect(daemon.exitCode(withinSeconds: 30) == 0)
            // It did not wait until the second reload was given up.
            #expect(reloadsGivenUp() == before, "\(daemon.logText)")
        }

        @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/systemd-socket-activate")))
        func `every socket that the service manager passes is served`() async throws {
            let daemon = try RunningDaemon(hearing: []) { path in
                ["/usr/bin/systemd-socket-activate", "-l", path, "-l", path + ".second"]
                    + ["NOTIFY_SOCKET", "ALSA_CONFIG_PATH", "ATTUNED_SOCKET_GROUP", "ATTUNED_LOG_FORMAT"].map {
                        "-E" + $0
                    }
            }
            // It is started by the first who connects.
            var first: RawSocket?
            while first == nil {
                first = try? RawSocket(connectedTo: daemon.socketPath)
                try await Task.sleep(for: .milliseconds(20))
            }
            try daemon.ready()
            for path in [daemon.socketPath, daemon.socketPath + ".second"] {
                let client = try await EventClient.connect(to: path)
                guard case .status(let status) = try await client.answer(to: .status).content else { continue }
                #expect(status.device == daemon.microphone.name, "\(path)")
            }
            #expect(!daemon.logText.contains("were closed"), "\(daemon.logText)")
        }
    }
}
