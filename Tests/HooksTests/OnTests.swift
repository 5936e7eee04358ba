import Foundation
import Protocol
import TestSupport
import Testing

/// `attune on`: one hook in the foreground.
@Suite(.timeLimit(.minutes(2))) struct OnTests {
    private func listening(
        _ arguments: [String], _ body: (RunningHooks, HookDaemon) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let daemon = try await HookDaemon(path: "/tmp/attuned-\(UUID().uuidString.prefix(8)).sock")
            let on = try RunningHooks("attune", ["on", "--socket", daemon.path] + arguments, in: folder)
            try await on.logs("waiting for")
            try await body(on, daemon)
            try await daemon.stop()
        }
    }

    @Test func `the command runs for its word alone, writes where attune does, and Ctrl-C ends in good order`()
        async throws
    {
        try await listening(["left", "--", "/bin/sh", "-c", "read line; echo $ATTUNED_KEYWORD $ATTUNED_ID"]) {
            on, daemon in
            daemon.hear("right", id: 1)
            daemon.hear("left", id: 2)
            try await on.until("it has run") { on.output == "left 2\n" }
            #expect(try await on.stop(SIGINT) == 0)
            #expect(on.log.contains("ran 1, failed 0, timed out 0, dropped 0"), "\(on.log)")
        }
    }

    @Test func `Ctrl-C ends a command that hangs, and what takes too long is told`() async throws {
        try await listening(["left", "--timeout", "200ms", "--queue", "1", "--", "sleep", "1000"]) { on, daemon in
            daemon.hear("left", id: 1)
            try await on.logs("took longer than 0.2 seconds, and was ended")
        }
        try await listening(["*", "--", "sleep", "1000"]) { on, daemon in
            daemon.hear("left", id: 1)
            try await on.until("it runs") { !on.children.isEmpty }
            #expect(try await on.stop(SIGINT) == 0)
        }
    }

    @Test func `a word that is not listened for, and a daemon that is not there, are told at once`() async throws {
        let daemon = try await HookDaemon(path: "/tmp/attuned-\(UUID().uuidString.prefix(8)).sock")
        let unknown = try run("attune", ["on", "lift", "--socket", daemon.path, "--", "true"])
        #expect(unknown.status == 65)
        #expect(
            unknown.stderr
                == "attune: the daemon does not listen for \"lift\"; it listens for $(touch x), left, right\n")
        try await daemon.stop()
        let missing = try run("attune", ["on", "left", "--socket", daemon.path, "--", "true"])
        #expect(missing.status == 69)
        #expect(missing.stderr.contains("attuned"))
    }

    @Test(arguments: [
        (["left"], 64, "after two hyphens"), (["left", "--timeout", "1d", "--", "ls"], 64, "as 30s or 2m"),
        (["left", "--queue", "101", "--", "ls"], 64, "0 to 100"), (["left", "--", "lss"], 66, "no program \"lss\""),
        (["left", "--", "/etc/passwd"], 77, "cannot be executed"), (["left", "--", "/nowhere/x"], 66, "is not there"),
    ])
    func `a command line that cannot be is refused with advice`(
        arguments: [String], status: Int32, advice: String
    ) throws {
        let result = try run("attune", ["on", "--socket", "/nowhere"] + arguments)
        #expect(result.status == status)
        #expect(result.stderr.contains(advice), "\(result.stderr)")
    }
}
