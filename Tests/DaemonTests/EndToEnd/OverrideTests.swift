import Client
import FakeDevice
import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// What is set while the daemon runs, and goes before its configuration.
    @Suite struct OverrideTests {
        private func start(
            _ folder: URL, hearing sound: [UInt8] = [], configuration: String = ""
        ) throws -> RunningDaemon {
            let daemon = try RunningDaemon(
                hearing: sound, configuration: configuration, environment: ["STATE_DIRECTORY": folder.path],
                deviceIsConfigured: configuration.isEmpty)
            try daemon.ready()
            return daemon
        }

        private func kill(_ daemon: RunningDaemon) {
            daemon.send(SIGKILL)
            #expect(daemon.exitCode() == -SIGKILL)
        }

        private func set(_ change: WordChange, _ client: EventClient) async throws -> SetWordAnswer {
            guard case .setWord(let answer) = try await client.answer(to: .setWord(change)).content else {
                throw RunningDaemon.Failure(text: "no answer")
            }
            return answer
        }

        private func word(_ name: String, of daemon: RunningDaemon) async throws -> WordsAnswer.Word {
            guard case .words(let answer) = try await daemon.connect().answer(to: .ownWords(.list)).content else {
                throw RunningDaemon.Failure(text: "no words")
            }
            return try #require(answer.words.first { $0.keyword == name })
        }

        private func status(of client: EventClient) async throws -> StatusMessage {
            guard case .status(let status) = try await client.answer(to: .status).content else {
                throw RunningDaemon.Failure(text: "no status")
            }
            return status
        }

        @Test func `a word that is set is decided on so at once, over a reload and a kill, until it is reset`()
            async throws
        {
            try await withTemporaryFolder { folder in
                let first = try start(folder)
                let client = try await first.connect()
                let before = try await word("left", of: first)
                let version = try await status(of: client).wordsVersion
                #expect(before.configured == nil && before.isEnabled && !before.after.isEmpty)
                let answer = try await set(WordChange(name: "LEFT", threshold: 0.9999, isEnabled: false), client)
                let listed = try await word("left", of: first)
                #expect(answer.kept && answer.word == listed)
                #expect(!answer.word.isEnabled && answer.word.threshold == 0.9999 && answer.word.thresholdScore == 9.21)
                let configured = try #require(answer.word.configured)
                #expect(configured.isEnabled && configured.threshold == before.threshold)
                let after = try await status(of: client)
                #expect(after.changedWords == ["left"] && !after.keywords.contains("left"))
                #expect(try #require(after.wordsVersion) > #require(version))
                first.send(SIGHUP)
                #expect(first.notify.receive { $0.hasPrefix("STATUS=Reloaded") } != nil)
                #expect(try await word("left", of: first) == answer.word)
                kill(first)

                let second = try start(folder)
                #expect(try await word("left", of: second) == answer.word)
                let again = try await second.connect()
                let on = try await set(WordChange(name: "left", isEnabled: true), again)
                #expect(on.word.isEnabled && on.word.threshold == 0.9999)
                let reset = try await set(WordChange(name: "left", resets: true), again)
                #expect(reset.word == before && reset.kept)
                #expect(try await status(of: again).changedWords == nil)
                kill(second)
                let third = try start(folder)
                #expect(try await word("left", of: third) == before)
            }
        }

        @Test func `a word whose threshold nothing reaches is no event any more`() async throws {
            try await withTemporaryFolder { folder in
                let speech = try Speech.demo()
                let daemon = try start(folder, hearing: speech.bytes)
                let client = try await daemon.connect()
                // The recording begins anew with the microphone.
                _ = try await client.answer(to: .mute())
                #expect(try await daemon.status(.muted, from: client) != nil)
                let again = try await daemon.connect()
                _ = try await set(WordChange(name: speech.words[0].text, threshold: 1), again)
                _ = try await again.answer(to: .unmute)
                for try await message in again.messages {
                    guard case .keyword(let event) = message.content else { continue }
                    #expect(event.keyword != speech.words[0].text)
                    break
                }
            }
        }

        @Test func `what cannot be is refused with the reason, and changes nothing`() async throws {
            try await withTemporaryFolder { folder in
                let daemon = try start(folder)
                let client = try await daemon.connect()
                let wakeWords = ["alexa", "computer", "jarvis", "smart_mirror", "snowboy", "view_glass"]
                for name in wakeWords.dropLast() { _ = try await set(WordChange(name: name, isEnabled: false), client) }
                for (change, reason) in [
                    (WordChange(name: "view_glass", isEnabled: false), "can never be heard"),
                    (WordChange(name: "lfet", threshold: 0.9), "did you mean left?"),
                ] {
                    let error = await #expect(throws: ErrorMessage.self) { try await set(change, client) }
                    #expect(try #require(error).error.contains(reason))
                }
                #expect(try await status(of: client).changedWords?.count == 5)
                #expect(try await word("view_glass", of: daemon).isEnabled)
            }
        }

        @Test func `a configuration that what was set does not fit is used without it, and that is said`() async throws
        {
            try await withTemporaryFolder { folder in
                let first = try start(folder)
                _ = try await set(WordChange(name: "alexa", isEnabled: false), first.connect())
                kill(first)
                let second = try start(folder, configuration: "words: {left: {after: [alexa]}}")
                #expect(try await second.logs("what was set of words is left out"))
                #expect(try await word("alexa", of: second).isEnabled)
            }
        }

        @Test(arguments: ["{", "[]", #"{"words":{"left":{"threshold":7}}}"#, #"{"words":{"left":{"enabled":"no"}}}"#])
        func `a damaged file is told and left out, and mended by the next change`(text: String) async throws {
            try await withTemporaryFolder { folder in
                try text.write(to: folder.appending(path: "overrides.json"), atomically: true, encoding: .utf8)
                let daemon = try start(folder)
                #expect(try await daemon.logs("is damaged and left out"))
                #expect(try await word("left", of: daemon).configured == nil)
                #expect(try await set(WordChange(name: "left", threshold: 0.9), daemon.connect()).kept)
                kill(daemon)
                #expect(try await word("left", of: start(folder)).threshold == 0.9)
            }
        }

        @Test func `a device that is listed can be chosen, over a kill, and another name cannot`() async throws {
            try await withTemporaryFolder { folder in
                let speech = try Speech.demo()
                let other = FakeDevices.shared.microphone(
                    playing: speech.bytes, keys: "hint { show on description \"The other one\" }")
                let first = try start(folder)
                let client = try await first.connect()
                guard case .devices(let listed) = try await client.answer(to: .devices).content else {
                    throw RunningDaemon.Failure(text: "no devices")
                }
                #expect(listed.devices.contains(.init(name: other.name, description: "The other one")))
                #expect(listed.device == first.microphone.name && listed.configured == listed.device)
                let error = await #expect(throws: ErrorMessage.self) {
                    try await client.answer(to: .setDevice(.named("tee:default,'/tmp/x',raw")))
                }
                #expect(try #require(error).error.contains("no such device"))
                guard case .setDevice(let chosen) = try await client.answer(to: .setDevice(.named(other.name))).content
                else { throw RunningDaemon.Failure(text: "no answer") }
                #expect(chosen == SetDeviceAnswer(device: other.name, kept: true))
                #expect(try await first.events(1, withinSeconds: 60).map(\.device) == [other.name])
                first.send(SIGHUP)
                #expect(first.notify.receive { $0.hasPrefix("STATUS=Reloaded") } != nil)
                #expect(try await status(of: client).configuredDevice == first.microphone.name)
                kill(first)

                let second = try start(folder)
                let again = try await second.connect()
                #expect(try await status(of: again).device == other.name)
                _ = try await again.answer(to: .setDevice(.configured))
                let back = try await status(of: again)
                #expect(back.device == second.microphone.name && back.configuredDevice == nil)
            }
        }
    }
}
