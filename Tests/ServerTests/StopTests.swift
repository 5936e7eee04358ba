import Foundation
import Protocol
import Server
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct StopTests {
    @Test func `every event published before the stop reaches a ready reader`() async throws {
        // The time that a busy test machine needs is not what is tested here.
        try await withServer(configure: { $0.flushMilliseconds = 10_000 }) { server, path in
            let reader = try await greetedReader(path)
            for id in 1...256 { server.publish(keyword(UInt64(id))) }
            server.stop()
            let lines = try await reader.linesToEnd()
            #expect(lines.count == 256)
            #expect(lines.last == keyword(256).jsonLine().text)
        }
    }

    @Test func `a reader that does not read holds up the stop for the flush time only`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            let server = EventServer(configuration: .init(path: path), source: TestSource())
            try await server.start()
            let running = Task { try await server.run() }
            let sleeping = try await greetedReader(path)
            let device = String(repeating: "x", count: 2000)
            for id in 1...250 { server.publish(keyword(UInt64(id), device: device)) }
            let start = ContinuousClock.now
            server.stop()
            try await running.value
            let took = ContinuousClock.now - start
            #expect(took > .milliseconds(250) && took < .seconds(5), "\(took)")
            sleeping.close()
        }
    }

    @Test func `stopping removes the socket, and publishing afterwards does nothing`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            let server = EventServer(configuration: .init(path: path), source: TestSource())
            server.publish(keyword(1))
            try await server.start()
            #expect(FileManager.default.fileExists(atPath: path))
            server.stop()
            server.stop()
            try await server.run()
            #expect(!FileManager.default.fileExists(atPath: path))
            server.publish(keyword(2))
        }
    }

    @Test func `a server that was started and never run leaves no socket behind`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            var server: EventServer? = EventServer(configuration: .init(path: path), source: TestSource())
            try await server?.start()
            #expect(FileManager.default.fileExists(atPath: path))
            server = nil
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `cancelling the task that runs the server stops it`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            let server = EventServer(configuration: .init(path: path), source: TestSource())
            try await server.start()
            let running = Task { try await server.run() }
            let reader = try await greetedReader(path)
            running.cancel()
            #expect(try await reader.line() == nil)
            try await running.value
        }
    }

    @Test func `a socket that somebody else has put in place stays`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            let server = EventServer(configuration: .init(path: path), source: TestSource())
            try await server.start()
            unlink(path)
            try Data("other".utf8).write(to: URL(fileURLWithPath: path))
            server.stop()
            try await server.run()
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

}
