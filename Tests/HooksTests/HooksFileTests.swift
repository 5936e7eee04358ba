import Foundation
import TestSupport
import Testing

/// `attune-hooks --check`.
struct HooksFileTests {
    private func check(_ yaml: String, _ body: (Finished, _ file: String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let file = try folder.adding("hooks.yaml", Array(yaml.replacing("FOLDER", with: folder.path).utf8))
            try body(try run("attune-hooks", ["--config", file, "--check"]), file)
        }
    }

    @Test func `a file that is right is fine`() throws {
        let yaml = """
            hooks:
              one: {words: [go, stop], command: [echo, -n, "it's"], timeout: 1.5s, queue: 3}
              two: {words: "*", url: "https://home.local:8123/api/webhook/alexa"}
            """
        try check(yaml) { result, file in
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout == "\(file): fine, 2 hooks\n")
        }
    }

    @Test(arguments: [
        ("", "", "holds no hooks"),
        ("# hooks:\n", "", "holds no hooks"),
        ("hooks:\n", "", "holds no hooks"),
        ("hook: {}\n", ":1: hook: ", "did you mean hooks?"),
        ("- a\n", ":1: ", "is a list"),
        ("hooks: [a]\n", ":1: hooks: ", "a name for each hook"),
        ("hooks:\n  a: [ls]\n", ":2: hooks.a: ", "words and command below it"),
        ("hooks:\n  a: {words: go, comand: [ls]}\n", ":2: hooks.a.comand: ", "did you mean command?"),
        ("hooks:\n  a:\n    words: go\n    command: ls -l\n", ":4: hooks.a.command: ", "there is no shell"),
        ("hooks:\n  a: {words: go, command: []}\n", ":2: hooks.a.command: ", "is empty"),
        ("hooks:\n  a: {words: go, command: [lss]}\n", ":2: hooks.a.command: ", "no program \"lss\""),
        ("hooks:\n  a: {words: go, command: [./ls]}\n", ":2: hooks.a.command: ", "its whole path"),
        ("hooks:\n  a: {words: go, command: [/etc]}\n", ":2: hooks.a.command: ", "is a directory"),
        ("hooks:\n  a: {words: go, command: [/nowhere/x]}\n", ":2: hooks.a.command: ", "is not there"),
        ("hooks:\n  a: {words: go, command: [/etc/passwd]}\n", ":2: hooks.a.command: ", "cannot be executed"),
        ("hooks:\n  a: {words: go, command: [ls, \"a\\0b\"]}\n", ":2: hooks.a.command: ", "zero byte"),
        ("hooks:\n  a: {words: go}\n", ":2: hooks.a: ", "either \"command:\" or \"url:\""),
        ("hooks:\n  a: {words: go, command: [ls], url: \"http://a\"}\n", ":2: hooks.a: ", "has both"),
        ("hooks:\n  a: {command: [ls]}\n", ":2: hooks.a: ", "says no words"),
        ("hooks:\n  a: {words: [], command: [ls]}\n", ":2: hooks.a.words: ", "is empty"),
        ("hooks:\n  a: {words: go, command: [ls], timeout: 2d}\n", ":2: hooks.a.timeout: ", "as 30s or 2m"),
        ("hooks:\n  a: {words: go, command: [ls], queue: -1}\n", ":2: hooks.a.queue: ", "from 0 to 100"),
        ("hooks:\n  a: {words: go, url: \"ftp://a/b\"}\n", ":2: hooks.a.url: ", "cannot be posted to"),
        ("hooks:\n  a: {words: go, url: \"home local\"}\n", ":2: hooks.a.url: ", "no complete address"),
        ("hooks:\n  a: {words: go, command: [ls]}\n  a: {words: go, command: [ls]}\n", ":3: ", "given twice"),
        ("hooks: [\n", ":", "is not YAML"),
    ])
    func `what is wrong is told with file, line, key and what would be right`(
        yaml: String, place: String, advice: String
    ) throws {
        try check(yaml) { result, file in
            #expect(result.status == 78)
            #expect(result.stdout.isEmpty)
            #expect(result.stderr.contains("attune-hooks: \(file)\(place)"), "\(result.stderr)")
            #expect(result.stderr.contains(advice), "\(result.stderr)")
        }
    }

    @Test func `everything that is wrong is told at once`() throws {
        try check("hooks:\n  a: {words: go}\n  b: {wrds: go, command: [lss]}\n") { result, _ in
            #expect(result.stderr.split(separator: "\n").count == 4, "\(result.stderr)")
        }
    }

    @Test func `a file that is not there is named, and what can be written by others is refused`() throws {
        let missing = try run("attune-hooks", ["--config", "/nowhere/hooks.yaml"])
        #expect(missing.status == 78)
        #expect(missing.stderr == "attune-hooks: /nowhere/hooks.yaml: is not there\n")
        try withTemporaryFolder { folder in
            let file = try folder.adding("hooks.yaml", Array("hooks: {a: {words: go, command: ['true']}}\n".utf8))
            chmod(file, 0o646)
            let writable = try run("attune-hooks", ["--config", file, "--check"])
            #expect(writable.status == 78)
            #expect(writable.stderr.contains("\(file): may be written by others"))
            chmod(file, 0o644)
            chmod(folder.path, 0o777)
            let inOpenFolder = try run("attune-hooks", ["--config", file, "--check"])
            #expect(inOpenFolder.status == 78)
            #expect(inOpenFolder.stderr.contains("lies in \(folder.path), which may be written by others"))
            chmod(folder.path, 0o755)
            #expect(try run("attune-hooks", ["--config", file, "--check"]).status == 0)
        }
    }

    @Test func `a command that others may write is refused, and one behind a link that they may`() throws {
        try withTemporaryFolder { folder in
            let script = try folder.adding("open/run", Array("#!/bin/sh\n".utf8))
            chmod(script, 0o757)
            let link = folder.appending(path: "link").path
            symlink(script, link)
            for command in [script, link] {
                let text = "hooks: {a: {words: go, command: [\(command)]}}\n"
                let file = try folder.adding("hooks.yaml", Array(text.utf8))
                let refused = try run("attune-hooks", ["--config", file, "--check"])
                #expect(refused.status == 78)
                #expect(refused.stderr.contains("may be written by others"), "\(refused.stderr)")
            }
        }
    }
}
