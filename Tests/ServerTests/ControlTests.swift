import Foundation
import Protocol
import Server
import Synchronization
import TestServer
import Testing

/// Other users are real ones: they need root to become, and Debian's setpriv and perl to speak.
@Suite(.timeLimit(.minutes(1)), .enabled(if: geteuid() == 0)) struct ControlTests {
    @Test(arguments: [
        "reload", "selftest", "mute", "unmute", "activate\",\"version\":\"2.0.0", "word\",\"name\":\"hey",
        "install_word\",\"word\":{},\"x\":\"", "add_take\",\"number\":1,\"wav\":\"AQ==\",\"name\":\"hey",
        "remove_word\",\"name\":\"hey", "marks", "forget_marks", "learn\",\"apply\":true,\"x\":\"", "unlearn",
        "missed\",\"name\":\"hey",
        "mark\",\"event\":1,\"verdict\":\"wrong",
        "audio\",\"event\":1,\"x\":\"",
        "set_word\",\"reset\":true,\"name\":\"left", "devices", "set_device\",\"device\":\"default",
    ])
    func `a stranger may read and ask but not control, nor have audio`(request: String) async throws {
        let source = TestSource()
        try await withServer(source: source, configure: { $0.mode = 0o666 }) { _, path in
            let lines = try await linesAsNobody(of: path, groups: ["--clear-groups"], request: request)
            #expect(lines.count == 3)
            #expect(try object(lines.last)["code"] as? String == "not_permitted")
            #expect(source.reloads.withLock { $0 } == 0 && !source.isMuted.withLock { $0 })
        }
    }

    @Test func `a member of the socket's group may control, whichever of its groups that is`() async throws {
        let source = TestSource()
        try await withServer(source: source, configure: { $0.group = "audio" }) { _, path in
            let supplementary = try await linesAsNobody(of: path, groups: ["--groups=audio"])
            #expect(try object(supplementary.last)["type"] as? String == "reload")
            let primary = try await linesAsNobody(of: path, groups: ["--regid=audio", "--clear-groups"])
            #expect(try object(primary.last)["type"] as? String == "reload")
            #expect(source.reloads.withLock { $0 } == 2)
        }
    }

    @Test func `who is not in the group cannot connect`() async throws {
        try await withServer { _, path in
            let lines = try await linesAsNobody(of: path, groups: ["--clear-groups"])
            #expect(lines == ["Permission denied"])
        }
    }

    /// What a reader sees that asks for something as the user nobody: the greeting and the answer, or why it cannot
    /// connect.
    private func linesAsNobody(
        of path: String, groups: [String], request: String = "reload"
    ) async throws -> [String] {
        // The folder is of this test alone until here.
        chmod((path as NSString).deletingLastPathComponent, 0o755)
        let program = """
            my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or do { print "$!\\n"; exit };
            print $s "{\\"id\\":1,\\"request\\":\\"$ARGV[1]\\"}\\n"; $s->flush;
            print scalar <$s> for 1..3;
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        let group = groups.contains { $0.hasPrefix("--regid") } ? [] : ["--regid=65534"]
        process.arguments =
            ["--reuid=65534"] + group + groups + ["perl", "-MIO::Socket::UNIX", "-e", program, path, request]
        let output = Pipe()
        process.standardOutput = output
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }
}
