import Foundation
import Protocol
import TestSupport
import Testing

/// Commands that `attune-hooks` runs, beside a daemon that hears what a test says.
@Suite(.timeLimit(.minutes(2))) struct CommandTests {
    private func lines(_ folder: URL, _ name: String = "out") -> [String] {
        let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func isAlive(_ process: String) -> Bool {
        // One that has ended may wait for whoever reaps orphans.
        let state = Int32(process).flatMap(RunningHooks.stat)?[0]
        return state != nil && state != "Z"
    }

    @Test func `a command gets its arguments, the event in its environment, and its JSON on standard input`()
        async throws
    {
        let yaml = """
            hooks:
              note:
                words: left
                command: [/bin/sh, -c, 'printf "%s\\n" "$0" "$1" > FOLDER/args; env > FOLDER/env; cat > FOLDER/json', 'a  b', '$(id) "x"']
            """
        try await withHooks(yaml, environment: ["ATTUNED_OLD": "1", "KEPT": "2"]) { hooks, daemon, folder in
            daemon.hear("left", id: 7)
            try await hooks.until("the JSON is there") { lines(folder, "json").count == 2 }
            #expect(lines(folder, "args") == ["a  b", "$(id) \"x\"", ""])
            let environment = Set(lines(folder, "env"))
            for expected in [
                "ATTUNED_KEYWORD=left", "ATTUNED_ID=7", "ATTUNED_CONFIDENCE=0.973", "ATTUNED_THRESHOLD=0.82",
                "ATTUNED_MODEL=commands", "ATTUNED_MODEL_VERSION=0.1.0", "ATTUNED_DEVICE=plughw:CARD=Mic",
                "ATTUNED_HOOK=note", "ATTUNED_SOCKET=\(daemon.path)", "ATTUNED_START_SAMPLE=731200", "KEPT=2",
            ] { #expect(environment.contains(expected), "\(expected)") }
            #expect(!environment.contains("ATTUNED_OLD=1"))
            #expect(environment.contains { $0.hasPrefix("ATTUNED_TIMESTAMP=20") })
            let event = try JSONSerialization.jsonObject(with: Data(lines(folder, "json")[0].utf8)) as? [String: Any]
            #expect(event?["keyword"] as? String == "left" && event?["id"] as? Int == 7)
        }
    }

    @Test func `no pool of threads is there, which would be looked after every second`() async throws {
        let yaml = """
            hooks:
              note: {words: alexa, command: [/usr/bin/touch, FOLDER/1]}
            """
        try await withHooks(yaml) { hooks, daemon, folder in
            daemon.hear("alexa")
            try await hooks.until("it ran") { FileManager.default.fileExists(atPath: folder.path + "/1") }
            let threads = hooks.threads
            #expect(threads.contains("signals") && !threads.contains { $0.contains("qos") }, "\(threads)")
        }
    }

    @Test func `a word with odd characters is a word, and nothing that is executed`() async throws {
        let yaml = """
            hooks:
              odd: {words: "*", command: [/bin/sh, -c, 'printf "%s" "$ATTUNED_KEYWORD" > FOLDER/$ATTUNED_ID']}
            """
        try await withHooks(yaml) { hooks, daemon, folder in
            let words = ["$(touch x)", "`touch x`; touch x", "a\nATTUNED_ID=../x", "ü \u{1B}[2J\"'\\"]
            for (index, word) in words.enumerated() {
                daemon.hear(word, id: UInt64(index + 1))
                try await hooks.until("\(index) is there") {
                    lines(folder, "\(index + 1)").joined(separator: "\n") == word
                }
                try await hooks.until("it has ended") { hooks.children.isEmpty }
            }
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "x").path))
        }
    }

    @Test func `no descriptor leaks into a command, it leads a session, and its signals are as by default`()
        async throws
    {
        let yaml = """
            hooks:
              look: {words: left, command: [/bin/sh, -c, 'ls /proc/self/fd > FOLDER/fds; ps -o sid= -p $$ > FOLDER/sid; grep Sig /proc/self/status > FOLDER/signals; echo $$ > FOLDER/out']}
            """
        try await withHooks(yaml) { hooks, daemon, folder in
            daemon.hear("left")
            try await hooks.until("it has looked") { lines(folder).count == 2 }
            // The fourth is the folder that `ls` reads.
            #expect(lines(folder, "fds") == ["0", "1", "2", "3", ""])
            #expect(lines(folder, "sid")[0].trimmingCharacters(in: .whitespaces) == lines(folder)[0])
            for line in lines(folder, "signals") where line.hasPrefix("SigBlk") || line.hasPrefix("SigIgn") {
                // The C library keeps 32 and 33 to itself, and has them ignored.
                let mask = try #require(line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
                #expect(mask & 0x7FFF_FFFF == 0, "\(line)")
            }
        }
    }

    @Test func `a command that hangs is ended with its children, though they ignore SIGTERM`() async throws {
        let yaml = """
            hooks:
              hang:
                words: left
                timeout: 300ms
                command: [/bin/sh, -c, 'trap "" TERM; sleep 1000 & echo $! > FOLDER/child; echo $$ > FOLDER/out; while :; do sleep 1000; done']
            """
        try await withHooks(yaml) { hooks, daemon, folder in
            daemon.hear("left")
            try await hooks.logs("took longer than 0.3 seconds, and was ended")
            #expect(!isAlive(lines(folder)[0]))
            try await hooks.until("the child is gone") { !isAlive(lines(folder, "child")[0]) }
            #expect(hooks.children.isEmpty, "it is reaped")
        }
    }

    @Test func `what a command leaves in the background ends with it, and holds up nothing`() async throws {
        let yaml = """
            hooks:
              leave: {words: left, command: [/bin/sh, -c, 'sleep 1000 & echo $! >> FOLDER/out']}
            """
        try await withHooks(yaml) { hooks, daemon, folder in
            for id in 1...3 {
                daemon.hear("left", id: UInt64(id))
                try await hooks.until("it has run") { lines(folder).count == id + 1 }
                try await hooks.until("it is gone") { !isAlive(lines(folder)[id - 1]) && hooks.children.isEmpty }
            }
        }
    }

    @Test func `a command that writes without end costs nothing, and the log has its beginning`() async throws {
        let yaml = """
            hooks:
              write: {words: left, timeout: 2s, command: ['yes', endless]}
            """
        try await withHooks(yaml) { hooks, daemon, _ in
            let before = hooks.processorSeconds
            daemon.hear("left")
            try await hooks.logs("took longer than 2.0 seconds")
            try await hooks.logs("bytes more")
            #expect(hooks.processorSeconds - before < 0.5)
            #expect(hooks.log.components(separatedBy: "endless").count - 1 == 20)
            #expect(hooks.log.contains("hook=write"))
        }
    }

    @Test func `a command that does not read its input, and one that fails, are told with the reason`() async throws {
        let yaml = """
            hooks:
              deaf: {words: left, command: [/bin/sh, -c, 'exec <&-; echo said; exit 3']}
              killed: {words: right, command: [/bin/sh, -c, 'kill -9 $$']}
            """
        try await withHooks(yaml) { hooks, daemon, _ in
            daemon.hear("left")
            try await hooks.logs("ended with exit code 3")
            try await hooks.logs("said hook=deaf")
            daemon.hear("right", id: 2)
            try await hooks.logs("was ended by signal 9 (Killed)")
            #expect(try await hooks.stop() == 0)
            #expect(hooks.log.contains("ran 1, failed 1, timed out 0, dropped 0 hook=deaf"), "\(hooks.log)")
        }
    }

    @Test func `a command that vanishes, or that others may write by now, is not run, and it is told`() async throws {
        let yaml = "hooks:\n  changed: {words: left, command: [FOLDER/run]}\n"
        try await withTemporaryFolder { folder in
            let script = try folder.adding("run", Array("#!/bin/sh\ntouch \"\(folder.path)/ran\"\n".utf8))
            chmod(script, 0o755)
            try await withHooks(yaml.replacing("FOLDER", with: folder.path)) { hooks, daemon, _ in
                chmod(script, 0o757)
                daemon.hear("left")
                try await hooks.logs("\(script) may be written by others, who could change what is run; chmod go-w")
                unlink(script)
                daemon.hear("left", id: 2)
                try await hooks.logs("\(script) is not there")
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "ran").path))
            }
        }
    }

    @Test func `a hundred events a second run one after the other, what finds no room is counted`() async throws {
        let yaml = """
            hooks:
              slow: {words: left, queue: 2, command: [/bin/sh, -c, 'echo $ATTUNED_ID >> FOLDER/out; while [ ! -e FOLDER/go ]; do sleep 0.01; done']}
              other: {words: right, command: [/bin/sh, -c, 'touch FOLDER/go']}
            """
        try await withHooks(yaml) { hooks, daemon, folder in
            for id in 1...200 {
                daemon.hear("left", id: UInt64(id))
                if id % 100 == 0 { try await Task.sleep(for: .milliseconds(500)) }
            }
            daemon.hear("right", id: 201)
            try await hooks.until("three have run") { lines(folder).count == 4 && hooks.children.isEmpty }
            #expect(lines(folder) == ["1", "2", "3", ""])
            #expect(try await hooks.stop() == 0)
            #expect(hooks.log.contains("ran 3, failed 0, timed out 0, dropped 197 hook=slow"), "\(hooks.log)")
            #expect(hooks.log.contains("ran 1, failed 0, timed out 0, dropped 0 hook=other"))
        }
    }

    @Test func `a command that fails a hundred times is told ten times, with how many more there were`() async throws {
        let yaml = "hooks:\n  fails: {words: left, queue: 100, command: ['false']}\n"
        try await withHooks(yaml) { hooks, daemon, _ in
            for id in 1...101 { daemon.hear("left", id: UInt64(id)) }
            try await hooks.logs("ended with exit code 1", times: 10)
            try await hooks.until("all have run") { hooks.children.isEmpty }
            #expect(try await hooks.stop() == 0)
            #expect(hooks.log.components(separatedBy: "ended with exit code 1").count - 1 == 10)
        }
    }

    @Test func `what a hook writes is in the log thirty times a minute, and no more`() async throws {
        let yaml = """
            hooks:
              says: {words: left, queue: 100, command: [/bin/sh, -c, 'echo said; echo $ATTUNED_ID >> FOLDER/out']}
            """
        try await withHooks(yaml) { hooks, daemon, folder in
            for id in 1...41 { daemon.hear("left", id: UInt64(id)) }
            try await hooks.until("all have run") { lines(folder).count == 42 && hooks.children.isEmpty }
            #expect(try await hooks.stop() == 0)
            #expect(hooks.log.components(separatedBy: "said hook=says").count - 1 == 30)
        }
    }

    @Test func `after SIGTERM what runs is ended, and waits for nobody`() async throws {
        let yaml = "hooks:\n  hang: {words: left, command: [/bin/sh, -c, 'echo $$ > FOLDER/out; sleep 1000']}\n"
        try await withHooks(yaml) { hooks, daemon, folder in
            daemon.hear("left")
            try await hooks.until("it runs") { lines(folder).count == 2 }
            let began = ContinuousClock.now
            #expect(try await hooks.stop() == 0)
            #expect(ContinuousClock.now - began < .seconds(5))
            #expect(!isAlive(lines(folder)[0]))
        }
    }
}
