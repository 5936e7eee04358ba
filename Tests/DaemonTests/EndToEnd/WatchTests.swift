import Events
import Foundation
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
