import FakeDevice
import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// Devices that go and come back under a daemon that stays: what readers are told, and that words are heard again.
    @Suite struct FaultTests {
        /// What is true of every fault that ends with the microphone's return: the state in between, and afterwards all
        /// words of the demo that follow, each once.
        private func survives(
            _ fault: FakeDevice.Command, as state: DaemonState, reason: String, restarts: Bool = true
        ) async throws {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            /// Breaks it and mends it; how much longer than promised one of both took to be told.
            func `break`() async throws -> Duration {
                let client = try await daemon.connect()
                _ = try await client.answer(to: .subscribe([.status, .gap, .keyword]))
                let broken = ContinuousClock.now
                daemon.microphone.tell(fault)
                let told = try #require(try await daemon.status(state, from: client))
                let untilTold = ContinuousClock.now - broken
                #expect(told.reason.contains(reason), "\(told.reason)")
                let answer = try await daemon.connect().answer(to: .health)
                guard case .health(let health) = answer.content else { throw RunningDaemon.Failure(text: "no health") }
                #expect(!health.healthy && health.state == state)
                daemon.microphone.tell(.comeBack)
                let returned = ContinuousClock.now
                #expect(try await daemon.status(.listening, from: daemon.connect()) != nil)
                return max(untilTold - .seconds(2), ContinuousClock.now - returned - .seconds(3))
            }
            #expect(try await EndToEnd.takes(lessThan: .zero, `break`))
            // A device that is opened anew plays its sound from the beginning.
            let words = try await daemon.events(2, withinSeconds: 30)
            #expect(words.map(\.keyword) == speech.words.prefix(2).map(\.text))
            let metrics = try await daemon.metrics()
            #expect(metrics.gaps >= 1 && metrics.lostSamples > 0)
            #expect(metrics.deviceOpenings >= (restarts ? 2 : 1))
            #expect(daemon.exitCode(withinSeconds: 0) == nil, "the daemon lives")
        }

        @Test func `a microphone that is unplugged is no_device, and is heard again when it is back`() async throws {
            try await survives(.vanish, as: .noDevice, reason: "gone")
        }

        @Test func `a microphone whose reads fail is no_device, and is heard again when it works`() async throws {
            try await survives(.error, as: .noDevice, reason: "Input/output error")
        }

        @Test func `a PCM that claims to be mended for ever is opened anew`() async throws {
            try await survives(.lie, as: .noDevice, reason: "overruns without end")
        }

        @Test func `a missing microphone at the start is no_device and not the end, and is heard once it is there`()
            async throws
        {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes, condition: .vanish)
            let lines = try daemon.ready()
            #expect(lines.contains { $0.hasPrefix("STATUS=no_device: there is no capture device") }, "\(lines)")
            // Looking for a device is progress, for longer than the watchdog waits.
            for _ in 1...2 { #expect(daemon.notify.receive(untilLine: { $0 == "WATCHDOG=1" }) != nil) }
            daemon.microphone.tell(.comeBack)
            #expect(try await daemon.status(.listening, from: daemon.connect()) != nil)
            let words = try await daemon.events(1, withinSeconds: 30)
            #expect(words.map(\.keyword) == [speech.words[0].text])
        }

        @Test func `a microphone that hangs is opened anew after a while`() async throws {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            daemon.microphone.tell(.hang)
            #expect(try await daemon.status(.stalled, from: client) != nil)
            let before = try await daemon.metrics().deviceOpenings
            while try await daemon.metrics().deviceOpenings == before { try await Task.sleep(for: .milliseconds(50)) }
            #expect(daemon.exitCode(withinSeconds: 0) == nil)
        }

        @Test
        func `a read that never returns is stalled and ends the watchdog's pings, and when it does all is well again`()
            async throws
        {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            daemon.microphone.tell(.block)
            #expect(try await daemon.status(.stalled, from: client) != nil)
            let stuck = "STATUS=stalled: the device does not return from a read"
            #expect(daemon.notify.receive(untilLine: { $0.hasPrefix(stuck) }) != nil, "\(daemon.logText)")
            while !daemon.notify.receive(withinMilliseconds: 100).isEmpty {}
            #expect(!daemon.notify.receive(withinMilliseconds: 1600).contains("WATCHDOG=1"))
            daemon.microphone.tell(.comeBack)
            #expect(try await daemon.status(.listening, from: daemon.connect()) != nil)
            #expect(daemon.notify.receive(untilLine: { $0 == "WATCHDOG=1" }) != nil)
        }

        @Test func `mute closes the device and costs next to nothing, a reload leaves it closed, unmute opens it`()
            async throws
        {
            let speech = try Speech.demo()
            let daemon = try RunningDaemon(hearing: speech.bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            guard case .mute(let answer) = try await client.answer(to: .mute()).content else {
                throw RunningDaemon.Failure(text: "no answer")
            }
            #expect(answer.muted)
            #expect(try await daemon.status(.muted, from: client) != nil)
            daemon.send(SIGHUP)
            #expect(daemon.notify.receive { $0.hasPrefix("STATUS=Reloaded") } != nil)
            let before = try await daemon.metrics()
            for _ in 1...2 { #expect(daemon.notify.receive(untilLine: { $0 == "WATCHDOG=1" }) != nil) }
            let after = try await daemon.metrics()
            #expect(after.samples == before.samples && after.inferences == before.inferences)
            let cost = (after.cpuSeconds - before.cpuSeconds) / (after.uptimeSeconds - before.uptimeSeconds)
            #expect(cost < 0.02, "\(cost) of a processor")
            let again = try await daemon.connect()
            _ = try await again.answer(to: .unmute)
            #expect(try await daemon.status(.listening, from: again) != nil)
            let words = try await daemon.events(1, withinSeconds: 30)
            #expect(words.map(\.keyword) == [speech.words[0].text])
        }

        @Test func `a microphone that is closed or gone has no level, from the first moment on`() async throws {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            func status() async throws -> StatusMessage {
                guard case .status(let status) = try await client.answer(to: .status).content else {
                    throw RunningDaemon.Failure(text: "no status")
                }
                return status
            }
            while try await status().levelDBFS == nil {}
            _ = try await client.answer(to: .mute())
            var muted = try await status()
            #expect(muted.levelDBFS == nil)
            while muted.state != .muted {
                muted = try await status()
                #expect(muted.levelDBFS == nil)
            }
            _ = try await client.answer(to: .unmute)
            while try await status().levelDBFS == nil {}
            let reader = try await daemon.connect()
            daemon.microphone.tell(.vanish)
            #expect(try #require(try await daemon.status(.noDevice, from: reader)).levelDBFS == nil)
        }

        @Test func `muted stays muted over a kill and a start, says so, and unmuted stays unmuted`() async throws {
            try await withTemporaryFolder { folder in
                func start() throws -> RunningDaemon {
                    let daemon = try RunningDaemon(hearing: [], environment: ["STATE_DIRECTORY": folder.path])
                    try daemon.ready()
                    return daemon
                }
                func end(_ daemon: RunningDaemon) {
                    daemon.send(SIGKILL)
                    #expect(daemon.exitCode() == -SIGKILL)
                }
                let first = try start()
                let client = try await first.connect()
                _ = try await client.answer(to: .mute(MuteTerms(seconds: 3600, reason: "guests")))
                end(first)
                let second = try start()
                let again = try await second.connect()
                let muted = try #require(try await second.status(.muted, from: again))
                #expect(muted.reason.contains("also over a restart") && muted.reason.contains("(guests)"))
                let left = try #require(muted.mutedUntil).millisecondsSince1970 - Timestamp.now().millisecondsSince1970
                #expect((1...3_600_000).contains(left) && muted.muteReason == "guests")
                #expect(try await second.metrics().samples == 0, "not a sample was heard")
                _ = try await again.answer(to: .unmute)
                end(second)
                let third = try start()
                #expect(try await third.status(.listening, from: third.connect()) != nil)
            }
        }

        @Test func `muted for a time is listening again by itself`() async throws {
            let daemon = try RunningDaemon(hearing: [])
            try daemon.ready()
            let client = try await daemon.connect()
            _ = try await client.answer(to: .mute(MuteTerms(seconds: 1)))
            let muted = try #require(try await daemon.status(.muted, from: client))
            let until = try #require(muted.mutedUntil)
            let again = try #require(try await daemon.status(.listening, from: client))
            #expect(again.mutedUntil == nil && again.since >= until)
        }

        @Test func `without a state directory mute ends with the daemon, and the reason promises no more`() async throws
        {
            let daemon = try RunningDaemon(hearing: [])
            try daemon.ready()
            let client = try await daemon.connect()
            _ = try await client.answer(to: .mute())
            let muted = try #require(try await daemon.status(.muted, from: client))
            #expect(muted.reason.hasSuffix("until unmute"))
        }

        @Test func `a gap is told to those who want to know, with its place`() async throws {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            let client = try await daemon.connect()
            _ = try await client.answer(to: .subscribe([.gap]))
            daemon.microphone.tell(.xrun)
            var gap: GapEvent?
            for try await message in client.messages {
                if case .gap(let event) = message.content { gap = event }
                if gap != nil { break }
            }
            let found = try #require(gap)
            #expect(found.cause == "overrun" && found.sample > 0)
            #expect(try await daemon.metrics().lostSamples == found.lostSamples)
        }

        @Test func `a reload opens another device`() async throws {
            let speech = try Speech.demo()
            let other = FakeDevices.shared.microphone(playing: speech.bytes)
            let daemon = try RunningDaemon(hearing: [], deviceIsConfigured: true)
            try daemon.ready()
            try "capture: {device: \(other.name)}".write(
                toFile: daemon.configurationPath, atomically: true, encoding: .utf8)
            daemon.send(SIGHUP)
            let words = try await daemon.events(1, withinSeconds: 30)
            #expect(words.map(\.keyword) == [speech.words[0].text])
            #expect(words.first?.device == other.name)
        }
    }
}
