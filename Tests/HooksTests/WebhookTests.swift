import Foundation
import Protocol
import TestSupport
import Testing

/// Webhooks that `attune-hooks` posts to, at a server that answers as it is told.
@Suite(.timeLimit(.minutes(2))) struct WebhookTests {
    private func posting(
        to server: PostServer, timeout: String = "10s", _ body: (RunningHooks, HookDaemon) async throws -> Void
    ) async throws {
        let yaml = "hooks:\n  home: {words: left, timeout: \(timeout), url: \"\(server.address)/hook?key=s3cret\"}\n"
        try await withHooks(yaml) { hooks, daemon, _ in
            try await body(hooks, daemon)
            #expect(!hooks.log.contains("s3cret"))
        }
    }

    @Test func `the event is posted as JSON`() async throws {
        let server = try PostServer(["200 OK"])
        try await posting(to: server) { hooks, daemon in
            daemon.hear("left", id: 7)
            try await hooks.until("it is posted") { server.requests.count == 1 }
            let request = server.requests[0]
            #expect(request.hasPrefix("POST /hook?key=s3cret HTTP/1.1\r\n"), "\(request)")
            #expect(request.contains("Content-Type: application/json\r\n"))
            #expect(request.contains("\"keyword\":\"left\""))
            #expect(try await hooks.stop() == 0)
            #expect(hooks.log.contains("ran 1, failed 0"), "\(hooks.log)")
        }
    }

    @Test func `an answer of 500 is tried again, and one of 200 ends it`() async throws {
        let server = try PostServer(["500 Oh", "200 OK"])
        try await posting(to: server) { hooks, daemon in
            daemon.hear("left")
            try await hooks.until("it is posted twice") { server.requests.count == 2 }
            #expect(try await hooks.stop() == 0)
            #expect(hooks.log.contains("ran 1, failed 0"), "\(hooks.log)")
        }
    }

    @Test func `four answers of 503 are the end, and told`() async throws {
        let server = try PostServer(["503 No"])
        try await posting(to: server) { hooks, daemon in
            daemon.hear("left")
            try await hooks.logs("answered with 503")
            #expect(server.requests.count == 4)
        }
    }

    @Test(arguments: [
        ("404 None", "answered with 404"), ("302 There\r\nLocation: /x", "a redirect, which is not followed"),
    ])
    func `a refusal is told and not tried again, and a redirect is not followed`(answer: String, told: String)
        async throws
    {
        let server = try PostServer([answer])
        try await posting(to: server) { hooks, daemon in
            daemon.hear("left")
            try await hooks.logs(told)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a server that hangs is left when the time is up, and holds up no stop`() async throws {
        let server = try PostServer([])
        try await posting(to: server, timeout: "1s") { hooks, daemon in
            daemon.hear("left")
            try await hooks.logs("took longer than 1.0 seconds")
            // The hook may be about to end when that is told; what comes until then is dropped.
            var id: UInt64 = 1
            try await hooks.until("it is posted again") {
                id += 1
                daemon.hear("left", id: id)
                return server.requests.count == 2
            }
            let began = ContinuousClock.now
            #expect(try await hooks.stop() == 0)
            #expect(ContinuousClock.now - began < .seconds(4))
        }
    }

    @Test func `nobody at the address is told, after a few tries`() async throws {
        let server = try PostServer(["200 OK"])
        server.close()
        try await posting(to: server, timeout: "1s") { hooks, daemon in
            daemon.hear("left")
            try await hooks.logs("no answer: ")
        }
    }
}
