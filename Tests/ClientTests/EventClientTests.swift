import Client
import Foundation
import Protocol
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventClientTests {
    @Test func `a client reads what the daemon says, as values and as the lines that came`() async throws {
        try await withServer { server, path in
            let client = try await EventClient.connect(to: path)
            #expect(client.hello.model == "commands")
            let messages = client.messages.makeAsyncIterator()
            let hello = try #require(try await messages.next())
            #expect(hello.content == .hello(client.hello))
            #expect(try await messages.next()?.line == TestSource().status().jsonLine().text)
            server.publish(keyword(1, "right"))
            guard case .keyword(let event) = try await messages.next()?.content else {
                Issue.record("no keyword came")
                return
            }
            #expect(event.keyword == "right" && event.id == 1)
            server.stop()
            #expect(try await messages.next() == nil)
        }
    }

    @Test func `a client asks while events come, and each goes where it belongs`() async throws {
        try await withServer { server, path in
            let client = try await EventClient.connect(to: path)
            for id in 1...100 { server.publish(keyword(UInt64(id))) }
            async let health = client.answer(to: .health)
            async let metrics = client.answer(to: .metrics)
            guard case .health(let report) = try await health.content,
                case .metrics(let numbers) = try await metrics.content
            else {
                Issue.record("the answers came to the wrong questions")
                return
            }
            #expect(report.healthy && numbers.readers == 1)
            #expect(try await client.answer(to: .subscribe([])).content == .subscribe(SubscribeAnswer(types: [])))
            let end = try await client.answer(to: .events(since: 99))
            #expect(end.content == .events(EventsAnswer(count: 1, newestID: 100, incomplete: false)))
            var ids: [UInt64] = []
            for try await message in client.messages {
                if case .keyword(let event) = message.content { ids.append(event.id) }
                if ids.count == 101 { break }
            }
            #expect(ids == Array(1...100) + [100])
        }
    }

    @Test func `an error answer is thrown in the daemon's words`() async throws {
        try await withServer(source: TestSource(reloadFailure: ErrorMessage(.failed, "no"))) { _, path in
            let client = try await EventClient.connect(to: path)
            await #expect(throws: ErrorMessage(.failed, "no")) { try await client.answer(to: .reload) }
        }
    }

    @Test func `a client that is one too many hears the daemon's reason`() async throws {
        try await withServer(configure: { $0.maximumReaders = 1 }) { _, path in
            let first = try await EventClient.connect(to: path)
            do {
                _ = try await EventClient.connect(to: path)
                Issue.record("a second reader was let in")
            } catch EventClientError.refused(let sentence) {
                #expect(sentence.contains("socket.max_readers"))
            }
            first.close()
        }
    }

    @Test func `no daemon, a stale socket and a folder are told apart from a refusal`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            await #expect(throws: EventClientError.noDaemon(path: path)) { try await EventClient.connect(to: path) }
            #expect("\(EventClientError.noDaemon(path: path))".contains("systemctl start attuned"))
            let long = String(repeating: "x", count: 200)
            await #expect(throws: EventClientError.badPath(.pathTooLong(path: long, limitBytes: 107))) {
                try await EventClient.connect(to: long)
            }
            try Data().write(to: URL(fileURLWithPath: path))
            await #expect(throws: EventClientError.noDaemon(path: path)) { try await EventClient.connect(to: path) }
        }
    }

    @Test(.enabled(if: geteuid() != 0)) func `a socket that this user may not reach is an error with a hint`()
        async throws
    {
        try await withServer { _, path in
            chmod(path, 0)
            await #expect(throws: EventClientError.notPermitted(path: path)) { try await EventClient.connect(to: path) }
            #expect("\(EventClientError.notPermitted(path: path))".contains("adduser USER attuned"))
        }
    }

    @Test func `a daemon that says nothing, nonsense, or hangs up is an error in time`() async throws {
        try await withMute { path, accept in
            await #expect(throws: EventClientError.noAnswer(path: path, to: "hello")) {
                try await EventClient.connect(to: path, timeout: .milliseconds(100))
            }
            accept("SSH-2.0-OpenSSH_9.2\n")
            await #expect(throws: EventClientError.notUnderstood(line: "SSH-2.0-OpenSSH_9.2")) {
                try await EventClient.connect(to: path)
            }
            accept(TestSource().hello().jsonLine().text + "\n")
            let client = try await EventClient.connect(to: path)
            await #expect(throws: EventClientError.noAnswer(path: path, to: "health")) {
                try await client.answer(to: .health, timeout: .milliseconds(100))
            }
        }
    }

    @Test func `cancelling the task that waits for a message ends its waiting`() async throws {
        try await withServer { _, path in
            let client = try await EventClient.connect(to: path)
            let reading = Task {
                var count = 0
                for try await _ in client.messages { count += 1 }
                return count
            }
            // An answer comes after the greeting has been sorted: the task now waits for a third message or will soon.
            _ = try await client.answer(to: .health)
            reading.cancel()
            #expect(try await reading.value <= 2)
        }
    }

    /// A listener that is no daemon: each call of `accept` has the next connection greeted with that text.
    private func withMute(_ body: (String, @escaping @Sendable (String) -> Void) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            withUnsafePointer(to: &address) {
                _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            listen(listener, 8)
            try await body(path) { text in
                Thread.detachNewThread {
                    // The first that waits is one that has given up already: sending to it fails.
                    while true {
                        let descriptor = Glibc.accept(listener, nil, nil)
                        if descriptor < 0 { return }
                        if text.withCString({ send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }) > 0 { return }
                        close(descriptor)
                    }
                }
            }
        }
    }
}
