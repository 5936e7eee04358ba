import Foundation
import Testing
import TestSupport

/// What commands do where nobody gets what they print.
@Suite(.timeLimit(.minutes(2)))
struct OutputTests {
    /// The exit code of a program in a shell, with what is behind it: `> /dev/full`, `| head -n 1`.
    private func status(_ program: String, _ arguments: [String], _ end: String) throws -> (code: Int, stderr: String) {
        let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
        let command = "\(Binary.url(program).path) \(quoted) \(end); echo ${PIPESTATUS[0]} >&3"
        let result = try run("/bin/bash", ["-c", "exec 3>&1; \(command)"])
        return (Int(result.lines.last ?? "") ?? -1, result.stderr)
    }

    @Test(arguments: [
        ("attune", ["--help"]), ("attune", ["predict", "--help"]), ("attune", ["--version"]), ("attune", ["models"]),
        ("attuned", ["--check-config", "--config", CheckConfigTests.shipped]), ("attuned", ["--version"]),
        ("attune-web", ["--help"]), ("attune-mqtt", ["--help"]), ("attune-wyoming", ["--help"]),
    ])
    func `a result that cannot be written is told, and no success`(program: String, arguments: [String]) throws {
        for end in ["> /dev/full", ">&-"] {
            let (code, stderr) = try status(program, arguments, end)
            #expect(code == 74, "\(end)")
            #expect(stderr.hasPrefix("\(program): standard output cannot be written: "), "\(stderr)")
        }
        #expect(try status(program, arguments, "> /dev/null").code == 0)
        #expect(try status(program, arguments, "| cat > /dev/null").code == 0)
    }

    @Test
    func `a command ends with the one that reads it, though it has nothing to say`() throws {
        let started = ContinuousClock.now
        #expect(try status("attune", ["bench", "--seconds", "600", "--runs", "50"], "| true").code == 128 + 13)
        #expect(ContinuousClock.now - started < .seconds(30))
    }

    @Test
    func `a reader that leaves after a result is no failure`() throws {
        for _ in 0..<20 { #expect(try status("attune", ["models"], "| grep -q commands").code == 0) }
    }
}
