import Foundation
import Protocol
import Server
import Synchronization
import TestServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct BadReaderTests {
    /// What was sent, and what its error must say.
    static let garbledText: [(line: String, error: String)] = [
        ("hello", "not JSON"), ("{", "not JSON"), ("}", "not JSON"), (#"{"id":1"#, "not JSON"),
        (#"{"id":1,,}"#, "not JSON"), (#"{'id':1}"#, "not JSON"),
        (#"{"request":"status"} {"request":"status"}"#, "not JSON"),
        (#"{"request":"status"}x"#, "not JSON"), ("[1,2]", "not an object"), ("1", "not an object"),
        (#""status""#, "not an object"),
        ("null", "not an object"), ("true", "not an object"), ("{}", "request is missing"),
        (#"{"request":1}"#, "request is missing"), (#"{"request":null}"#, "request is missing"),
        (#"{"request":"STATUS"}"#, #"there is no request "STATUS""#), (#"{"request":""}"#, "there is no request"),
        (#"{"id":{},"request":"status"}"#, "id must be"), (#"{"id":[1],"request":"status"}"#, "id must be"),
        (#"{"id":true,"request":"status"}"#, "id must be"), (#"{"id":1e400,"request":"status"}"#, "id must be"),
        (#"{"id":12345678901234567890,"request":"status"}"#, "send it as a string"),
        (#"{"request":"events","since":-1}"#, "since must be"), (#"{"request":"events","since":"x"}"#, "since must be"),
        (#"{"request":"subscribe"}"#, "types must be"), (#"{"request":"subscribe","types":"status"}"#, "types must be"),
        (#"{"request":"subscribe","types":["audio"]}"#, #"types has "audio""#),
        ("GET / HTTP/1.1", "not JSON"), (String(repeating: "[", count: 60_000), "not JSON"),
        (String(repeating: #"{"a":"#, count: 12_000), "not JSON"), (#"{"request":"\ud800"}"#, "request is missing"),
    ]

    static let garbledBytes: [(line: [UInt8], error: String)] = [
        ([0xFF, 0xFE, 0x7B], "not UTF-8"), ([0x7B, 0x00, 0x7D, 0x00], "not UTF-8"), ([0x00], "not UTF-8"),
        ([0x7B, 0x22, 0xC3, 0x22, 0x7D], "not UTF-8"),
    ]

    @Test func `garbage of every kind is answered with an error, and the next request as usual`() async throws {
        try await withServer(configure: { $0.requestsPerSecond = 1000 }) { _, path in
            let reader = try await greetedReader(path)
            let garbage = Self.garbledText.map { (Array($0.line.utf8), $0.error) } + Self.garbledBytes
            for (line, expected) in garbage {
                try reader.send(line + [10])
                let answer = try object(await reader.line())
                #expect(answer["type"] as? String == "error", "\(String(decoding: line.prefix(40), as: UTF8.self))")
                let error = answer["error"] as? String ?? ""
                #expect(error.contains(expected), "\(String(decoding: line.prefix(40), as: UTF8.self)): \(error)")
                try reader.send(#"{"id":1,"request":"health"}"# + "\n")
                #expect(try object(await reader.line())["type"] as? String == "health")
            }
        }
    }

    @Test func `a request that comes byte by byte is one request`() async throws {
        try await withServer { _, path in
            let reader = try await greetedReader(path)
            for byte in Array(#"{"id":"ü","request":"health"}"#.utf8) + [10] { try reader.send([byte]) }
            #expect(try await reader.line()?.hasPrefix(#"{"type":"health","id":"ü""#) == true)
        }
    }

    @Test func `empty lines are nothing`() async throws {
        try await withServer { _, path in
            let reader = try await greetedReader(path)
            try reader.send("\n\r\n   \n\t\n" + #"{"id":1,"request":"health"}"# + "\n")
            #expect(try object(await reader.line())["type"] as? String == "health")
        }
    }

    @Test func `a line of 256 KiB is answered, one more byte closes the connection`() async throws {
        try await withServer { server, path in
            let other = try await greetedReader(path)
            let reader = try await greetedReader(path)
            let request = #"{"id":1,"request":"health"}"#
            let longest = request + String(repeating: " ", count: 262_144 - request.utf8.count)
            try reader.send(longest + "\n")
            #expect(try object(await reader.line())["type"] as? String == "health")
            try reader.send(longest + " \n")
            let error = try object(await reader.line())
            #expect(error["code"] as? String == "line_too_long")
            #expect(try await reader.line() == nil)
            server.publish(keyword(1))
            #expect(try await other.line() == keyword(1).jsonLine().text)
        }
    }

    @Test func `a line without an end is refused before it has come`() async throws {
        try await withServer { _, path in
            let reader = try await greetedReader(path)
            try reader.send([UInt8](repeating: UInt8(ascii: "x"), count: 270_000))
            #expect(try object(await reader.line())["code"] as? String == "line_too_long")
            #expect(try await reader.line() == nil)
        }
    }

    @Test func `a reader that leaves in the middle of a line harms nobody`() async throws {
        try await withServer { server, path in
            let staying = try await greetedReader(path)
            for cut in 1..<28 {
                let leaving = try await greetedReader(path)
                try leaving.send(String(#"{"id":1,"request":"reload"}"#.prefix(cut)))
                leaving.close()
                server.publish(keyword(UInt64(cut)))
                #expect(try await staying.line() == keyword(UInt64(cut)).jsonLine().text)
            }
        }
    }

    @Test func `a reader whose input ends is answered and still gets events`() async throws {
        try await withServer { server, path in
            for ending in ["\n", ""] {
                let reader = try RawReader(path)
                try reader.send(#"{"id":1,"request":"health"}"# + ending)
                reader.endInput()
                _ = try await reader.lines(through: #"{"type":"health","id":1"#)
                server.publish(keyword(1))
                #expect(try await reader.line() == keyword(1).jsonLine().text)
            }
        }
    }

    @Test func `a reader whose input ended and that then leaves is forgotten`() async throws {
        try await withServer { server, path in
            let asking = try await greetedReader(path)
            let leaving = try await greetedReader(path)
            leaving.endInput()
            leaving.close()
            // Nothing tells the test when the kernel has told the server; asking again is the event to wait for.
            var readers = 2
            while readers != 1 {
                try asking.send(#"{"id":1,"request":"metrics"}"# + "\n")
                readers = try object(await asking.lines(through: #""type":"metrics""#).last)["readers"] as? Int ?? 0
            }
        }
    }

    @Test func `one reader too many is told so and sent away`() async throws {
        let incidents = Mutex<[EventServer.Incident]>([])
        try await withServer(configure: {
            $0.maximumReaders = 3
            $0.onIncident = { incident in incidents.withLock { $0.append(incident) } }
        }) { server, path in
            var readers: [RawReader] = []
            for _ in 0..<3 { readers.append(try await greetedReader(path)) }
            let refused = try await RawReader(path).linesToEnd()
            #expect(refused.count == 1)
            #expect(try object(refused.first)["code"] as? String == "too_many_readers")
            server.publish(keyword(1))
            for reader in readers { #expect(try await reader.line() == keyword(1).jsonLine().text) }
            #expect(incidents.withLock { $0.count } == 1)
        }
    }

    @Test func `a reader that never reads is dropped and counted while another gets every event in time`() async throws
    {
        let dropped = Mutex(0)
        try await withServer(configure: {
            $0.readerQueueBytes = 64 * 1024
            $0.onIncident = { _ in dropped.withLock { $0 += 1 } }
        }) { server, path in
            let sleeping = try RawReader(path)
            let reading = try await greetedReader(path)
            let device = String(repeating: "x", count: 2000)
            var slowest = Duration.zero
            for id in 1...600 {
                let start = ContinuousClock.now
                server.publish(keyword(UInt64(id), device: device))
                #expect(try object(await reading.line())["id"] as? Int == id)
                slowest = max(slowest, ContinuousClock.now - start)
            }
            #expect(slowest < .seconds(5))
            #expect(dropped.withLock { $0 } == 1)
            try reading.send(#"{"id":1,"request":"metrics"}"# + "\n")
            let metrics = try object(await reading.line())
            #expect(metrics["readers_dropped"] as? Int == 1)
            #expect(metrics["readers"] as? Int == 1)
            // What the kernel had taken can still be read, whole lines and perhaps a part of one, then the end.
            #expect(try await sleeping.linesToEnd().count > 2)
        }
    }

    @Test func `a reader that asks and never reads costs its queue and nothing more`() async throws {
        try await withServer(configure: { $0.requestsPerSecond = 1_000_000 }) { server, path in
            let asking = try await greetedReader(path)
            let reading = try await greetedReader(path)
            let requests = String(repeating: #"{"id":1,"request":"metrics"}"# + "\n", count: 20_000)
            let writer = Task.detached { try? asking.send(requests) }
            for id in 1...50 {
                server.publish(keyword(UInt64(id)))
                #expect(try object(await reading.line())["id"] as? Int == id)
            }
            try reading.send(#"{"id":1,"request":"metrics"}"# + "\n")
            let metrics = try object(await reading.line())
            #expect(metrics["readers_dropped"] as? Int == 0)
            #expect(metrics["requests"] as? Int ?? 0 < 5000, "answers without end were queued")
            server.stop()
            await writer.value
        }
    }
}
