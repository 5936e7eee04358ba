import Foundation
import Protocol
import TestSupport
import Testing

/// Hooks while the daemon comes and goes, and while their file changes.
@Suite(.timeLimit(.minutes(2))) struct FollowingTests {
    private static let note =
        "hooks:\n  note: {words: [left, right], queue: 9, command: [/bin/sh, -c, 'echo $ATTUNED_ID >> FOLDER/out']}\n"

    private func noted(_ folder: URL) -> [String] {
        ((try? String(contentsOf: folder.appending(path: "out"), encoding: .utf8)) ?? "").split(separator: "\n")
            .map(String.init)
    }

    @Test func `a daemon that restarts is followed; what was missed long ago runs no hook, what was just now does`()
        async throws
    {
        try await withHooks(Self.note) { hooks, daemon, folder in
            daemon.hear("left", id: 1)
            try await hooks.until("it has run") { noted(folder) == ["1"] }
            try await daemon.stop()
            try await hooks.logs("waiting for it")
            let missed = [
                HookDaemon.keyword("left", id: 2, secondsAgo: 60), HookDaemon.keyword("left", id: 3, secondsAgo: 1),
            ]
            let next = try await HookDaemon(path: daemon.path, earlier: missed)
            try await hooks.until("the one of just now has run") { noted(folder) == ["1", "3"] }
            next.hear("right", id: 4)
            try await hooks.until("the next one has run") { noted(folder) == ["1", "3", "4"] }
            #expect(try await hooks.stop() == 0)
            #expect(hooks.log.contains("1 keywords were heard more than 5.0 seconds before they came"), "\(hooks.log)")
            try await next.stop()
        }
    }

    @Test func `a reload takes the new file over, and keeps the hooks that it has where that is wrong`() async throws {
        try await withHooks(Self.note) { hooks, daemon, folder in
            let file = folder.appending(path: "hooks.yaml")
            try Data("hooks:\n  note: {words: [left], comand: [ls]}\n".utf8).write(to: file)
            hooks.send(SIGHUP)
            try await hooks.logs("hooks.yaml:2: hooks.note.comand: there is no such setting; did you mean command?")
            try await hooks.logs("the hooks stay as they were")
            daemon.hear("left", id: 1)
            try await hooks.until("the old one runs") { noted(folder) == ["1"] }
            try Data().write(to: file)
            hooks.send(SIGHUP)
            try await hooks.logs("holds no hooks")
            let text = "hooks:\n  new: {words: right, command: [/bin/sh, -c, 'echo new >> \(folder.path)/out']}\n"
            try Data(text.utf8).write(to: file)
            hooks.send(SIGHUP)
            try await hooks.logs("reloaded: 1 hooks")
            daemon.hear("left", id: 2)
            daemon.hear("right", id: 3)
            try await hooks.until("the new one runs") { noted(folder) == ["1", "new"] }
        }
    }

    @Test func `a word that the daemon does not listen for is named, with those that it does`() async throws {
        try await withHooks("hooks:\n  lift: {words: lift, command: ['true']}\n") { hooks, _, _ in
            try await hooks.logs("the daemon does not listen for \"lift\"; it listens for left, right")
        }
    }

    @Test func `from the event on the socket to the start of the hook it takes less than 20 ms`() async throws {
        let yaml = "hooks:\n  time: {words: left, command: [/bin/sh, -c, 'date +%s%N >> FOLDER/out']}\n"
        try await withHooks(yaml) { hooks, daemon, folder in
            var took: [Double] = []
            for id in 1...40 {
                let began = Double(nanosecondsSince1970())
                daemon.hear("left", id: UInt64(id))
                try await hooks.until("it has run") { noted(folder).count == id && hooks.children.isEmpty }
                took.append(((Double(noted(folder)[id - 1]) ?? .infinity) - began) / 1e6)
            }
            took.sort()
            print("event to the hook's first output: median \(took[20]) ms, most \(took[39]) ms")
            #expect(took[20] < 20, "\(took)")
        }
    }

    private func nanosecondsSince1970() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
