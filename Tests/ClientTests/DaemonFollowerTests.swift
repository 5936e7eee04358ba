import Client
import Foundation
import Protocol
import Server
import Synchronization
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct DaemonFollowerTests {
    /// What a follower told, in short.
    private final class Heard: Sendable {
        private let all = Mutex<[String]>([])

        @Sendable func take(_ news: DaemonFollower.News) async {
            let text: String
            switch news {
            case .connected: text = "connected"
            case .status(let status): text = "\(status.state)"
            case .keyword(let event, let line): text = "\(event.id)" + (line.contains("keyword") ? "" : "?")
            case .other(let message): text = message.line
            case .missed: text = "missed"
            case .lost: text = "lost"
            }
            all.withLock { $0.append(text) }
        }

        /// Everything, once this was told.
        func until(_ last: String, count: Int = 1) async throws -> [String] {
            try await until(count: count) { $0 == last }
        }

        func until(count: Int = 1, _ isLast: (String) -> Bool) async throws -> [String] {
            while true {
                let told = all.withLock { $0 }
                if told.count(where: isLast) >= count { return told }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private func following(
        _ path: String, heartbeat: Duration = .seconds(60), _ body: (Heard) async throws -> Void
    ) async throws {
        let heard = Heard()
        let follower = DaemonFollower(path: path, heartbeat: { heartbeat })
        let task = Task { await follower.run(heard.take) }
        defer { task.cancel() }
        try await body(heard)
    }

    /// A daemon for as long as the body lasts.
    private func daemon(
        _ path: String, earlier: [UInt64] = [], _ body: (EventServer) async throws -> Void
    ) async throws {
        var configuration = EventServer.Configuration(path: path)
        configuration.earlierEvents = earlier.map { keyword($0) }
        let server = EventServer(configuration: configuration, source: TestSource())
        try await server.start()
        let running = Task { try await server.run() }
        try await body(server)
        server.stop()
        try await running.value
    }

    @Test func `keywords come as they are heard, and those from before do not`() async throws {
        try await withServer { server, path in
            server.publish(keyword(1))
            try await following(path) { heard in
                _ = try await heard.until("listening")
                server.publish(keyword(2))
                #expect(try await heard.until("2") == ["connected", "listening", "2"])
            }
        }
    }

    @Test func `a daemon that restarts is followed, and what was missed comes once`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/a.sock"
            try await following(path) { heard in
                _ = try await heard.until("lost")
                try await daemon(path) { server in
                    _ = try await heard.until("listening")
                    server.publish(keyword(1))
                    _ = try await heard.until("1")
                }
                _ = try await heard.until("lost", count: 2)
                try await daemon(path, earlier: [1, 2, 3, 4]) { server in
                    _ = try await heard.until("4")
                    server.publish(keyword(5))
                    let told = try await heard.until("5")
                    #expect(told.filter { Int($0) != nil } == ["1", "2", "3", "4", "5"], "\(told)")
                    #expect(!told.contains("missed"))
                }
            }
        }
    }

    @Test func `who wants all gets what was heard before it came, and the answers to its questions`() async throws {
        try await withServer { server, path in
            for id in 1...3 { server.publish(keyword(UInt64(id))) }
            let heard = Heard()
            let follower = DaemonFollower(
                path: path, types: [.keyword, .status, .gap], replaysAll: true, questions: [.status, .metrics])
            #expect(follower.client == nil)
            let task = Task { await follower.run(heard.take) }
            defer { task.cancel() }
            let metrics = TestSource().metrics()
            _ = try await heard.until { line in
                guard let message = try? ReceivedMessage(line: Array(line.utf8)),
                    case .metrics(let report) = message.content
                else { return false }
                return report.samples == metrics.samples
            }
            let client = try #require(follower.client)
            guard case .health = try await client.answer(to: .health).content else {
                Issue.record("the connection that stands cannot be asked")
                return
            }
            server.publish(keyword(4))
            let told = try await heard.until("4")
            #expect(told.filter { Int($0) != nil } == ["1", "2", "3", "4"], "\(told)")
        }
    }

    @Test func `a heartbeat asks for the status, and a daemon that is silent is lost`() async throws {
        try await withServer { _, path in
            try await following(path, heartbeat: .milliseconds(20)) { heard in
                _ = try await heard.until("listening", count: 4)
            }
        }
    }
}
