import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
    /// `attune` beside a daemon, where nobody gets what it prints.
    @Suite struct WatchTests {
        @Test func `attune watch ends with its pipe though nothing happens, and gives its place free`() async throws {
            let daemon = try RunningDaemon(hearing: [])
            try daemon.ready()
            let watch = "'\(Binary.url("attune").path)' watch --socket '\(daemon.socketPath)'"
            let result = try run("/bin/bash", ["-c", "\(watch) | head -n 1; echo ${PIPESTATUS[0]}"])
            #expect(result.lines.first?.hasPrefix("attuned ") == true)
            #expect(result.lines.last == "141", "as by SIGPIPE")
            // The one that asks.
            while try await daemon.metrics().readers > 1 { try await Task.sleep(for: .milliseconds(20)) }
        }

        /// An `attune` that goes on, and what it has printed so far.
        private final class Command {
            private let process = Process()
            private let folder = FileManager.default.temporaryDirectory.appending(path: "attune-\(UUID().uuidString)")
            private let ended = DispatchSemaphore(value: 0)

            init(_ arguments: [String]) throws {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                func file(_ name: String) throws -> FileHandle {
                    let path = folder.appending(path: name)
                    _ = FileManager.default.createFile(atPath: path.path, contents: nil)
                    return try FileHandle(forWritingTo: path)
                }
                process.executableURL = Binary.url("attune")
                process.arguments = arguments
                process.standardOutput = try file("output")
                process.standardError = try file("errors")
                process.terminationHandler = { [ended] _ in ended.signal() }
                try process.run()
            }

            deinit {
                if process.isRunning { kill(process.processIdentifier, SIGKILL) }
                try? FileManager.default.removeItem(at: folder)
            }

            func bytes(_ name: String) -> Data { (try? Data(contentsOf: folder.appending(path: name))) ?? Data() }
            var output: String { String(decoding: bytes("output"), as: UTF8.self) }
            var errors: String { String(decoding: bytes("errors"), as: UTF8.self) }

            /// Waits for something that it prints.
            func until(_ isThere: () -> Bool) async throws {
                for _ in 0..<6000 where !isThere() { try await Task.sleep(for: .milliseconds(10)) }
                guard isThere() else { throw RunningDaemon.Failure(text: "it did not come: \(output)\(errors)") }
            }

            /// Its exit code; nil if it goes on for half a minute.
            func exitCode() -> Int32? {
                ended.wait(timeout: .now() + 30) == .success ? process.terminationStatus : nil
            }
        }

        @Test(arguments: [[], ["--json"]])
        func `attune watch says that the daemon stands still, and that it is back, and ends when it is stopped`(
            options: [String]
        ) async throws {
            // However late a busy machine comes, there is more to be heard.
            let speech = try Speech.demo().bytes
            let daemon = try RunningDaemon(hearing: speech + speech + speech + speech + speech)
            try daemon.ready()
            let watch = try Command(["watch", "--socket", daemon.socketPath] + options)
            func connections() -> Int { watch.output.components(separatedBy: "\"hello\"").count - 1 }
            func greetings() -> Int { watch.output.components(separatedBy: "attuned 0").count - 1 + connections() }
            try await watch.until { greetings() == 1 && watch.output.contains("listening") }
            daemon.send(SIGSTOP)
            try await watch.until { watch.errors.contains("did not answer") }
            #expect(watch.errors.hasSuffix("; waiting for it\n") && watch.errors.split(separator: "\n").count == 1)
            daemon.send(SIGCONT)
            try await watch.until { greetings() == 2 }
            let told = watch.output.count
            let heard = options.isEmpty ? "ms after the word" : "\"type\":\"keyword\""
            try await watch.until { watch.output.dropFirst(told).contains(heard) }
            // Asked again and again, it says the same again and again.
            let states = watch.output.split(separator: "\n").filter { $0.contains("audio flows and is searched") }
            #expect(states.count <= 3, "\(watch.output)")
            daemon.send(SIGTERM)
            #expect(watch.exitCode() == 0)
            #expect(watch.output.contains("stopping") && watch.errors.hasSuffix("attune: the daemon was stopped\n"))
        }

        @Test func `attune audio says that the daemon stands still, and goes on when it does`() async throws {
            let daemon = try RunningDaemon(hearing: Speech.demo().bytes)
            try daemon.ready()
            _ = try await daemon.events(1, withinSeconds: 20)
            let audio = try Command(["audio", "--socket", daemon.socketPath])
            try await audio.until { audio.bytes("output").count > 10_000 }
            daemon.send(SIGSTOP)
            try await audio.until { audio.errors.contains("did not answer") }
            let before = audio.bytes("output").count
            daemon.send(SIGCONT)
            try await audio.until { audio.errors.hasSuffix("attune: the daemon answers again\n") }
            try await audio.until { audio.bytes("output").count > before }
            #expect(audio.errors.split(separator: "\n").count == 2)
        }

        @Test(arguments: ["watch", "status", "health", "metrics", "mute", "audio"])
        func `what cannot be written is told, and no success`(_ command: String) async throws {
            let daemon = try RunningDaemon(hearing: try Speech.demo().bytes)
            try daemon.ready()
            if command == "audio" { _ = try await daemon.events(1, withinSeconds: 20) }
            let line = "'\(Binary.url("attune").path)' \(command) --socket '\(daemon.socketPath)' > /dev/full"
            let result = try run("/bin/bash", ["-c", line])
            #expect(result.status == 74)
            #expect(result.stderr == "attune: standard output cannot be written: No space left on device\n")
        }
    }
}
