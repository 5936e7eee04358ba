import Foundation
import NIOCore
import Protocol
import Server
import Synchronization
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventServerTests {
    @Test func `the server speaks first`() async throws {
        try await withServer { _, path in
            let reader = try RawReader(path)
            let hello = try await reader.line() ?? ""
            #expect(hello.hasPrefix(#"{"type":"hello","protocol":1,"version":"0.1.0","model":"commands""#))
            #expect(
                hello.contains(
                    #""requests":["status","health","metrics","events","subscribe","audio","selftest","reload","mute","unmute","activate","#
                        + #""set_word","devices","set_device","words","word","install_word","add_take","remove_word","#
                        + #""mark","missed","marks","forget_marks","learn","unlearn"]"#
                ))
            let status = try await reader.line() ?? ""
            #expect(status.hasPrefix(#"{"type":"status","state":"listening","reason":"audio flows""#))
            #expect(!status.contains(#""id""#))
        }
    }

    @Test func `events reach every reader in the order of publishing`() async throws {
        try await withServer { server, path in
            var readers: [RawReader] = []
            for _ in 0..<5 { readers.append(try await greetedReader(path)) }
            for id in 1...200 { server.publish(keyword(UInt64(id))) }
            for reader in readers {
                for id in 1...200 { #expect(try await reader.line() == keyword(UInt64(id)).jsonLine().text) }
            }
        }
    }

    @Test func `a new state is pushed between the events around it`() async throws {
        try await withServer { server, path in
            let reader = try await greetedReader(path)
            var status = TestSource().status()
            status.state = .noDevice
            server.publish(keyword(1))
            server.publish(status, as: .status)
            server.publish(keyword(2))
            let types = [try await reader.line(), try await reader.line(), try await reader.line()]
            #expect(types[0]?.hasPrefix(#"{"type":"keyword","id":1"#) == true)
            #expect(types[1]?.hasPrefix(#"{"type":"status","state":"no_device""#) == true)
            #expect(types[2]?.hasPrefix(#"{"type":"keyword","id":2"#) == true)
        }
    }

    @Test(arguments: ["1", "-7", "1.5", "9007199254740993", #""a \"quoted\" id""#, #""""#, "null"])
    func `an answer carries the id of its request`(_ id: String) async throws {
        try await withServer { _, path in
            let reader = try await greetedReader(path)
            for request in ["status", "health", "metrics", "events", "nothing"] {
                try reader.send(#"{"id":\#(id),"request":"\#(request)"}"# + "\n")
                let type = request == "nothing" ? "error" : request
                #expect(try await reader.line()?.hasPrefix(#"{"type":"\#(type)","id":\#(id),"#) == true)
            }
        }
    }

    @Test func `a request without an id is answered without one`() async throws {
        try await withServer { _, path in
            let reader = try await greetedReader(path)
            try reader.send(#"{"request":"health","unknown":[{}]}"# + "\r\n")
            #expect(try await reader.line() == TestSource().health().jsonLine().text)
        }
    }

    @Test func `requests sent at once are answered in order`() async throws {
        try await withServer(configure: { $0.requestsPerSecond = 100_000 }) { _, path in
            let reader = try await greetedReader(path)
            let count = 3000
            let writer = Task {
                try reader.send((1...count).map { #"{"id":\#($0),"request":"status"}"# + "\n" }.joined())
            }
            for id in 1...count { #expect(try object(await reader.line())["id"] as? Int == id) }
            try await writer.value
        }
    }

    @Test func `more requests than a second allows are answered later, none is lost`() async throws {
        try await withServer(configure: { $0.requestsPerSecond = 5 }) { _, path in
            let reader = try await greetedReader(path)
            let start = ContinuousClock.now
            try reader.send((1...11).map { #"{"id":\#($0),"request":"health"}"# + "\n" }.joined())
            for id in 1...11 { #expect(try object(await reader.line())["id"] as? Int == id) }
            #expect(ContinuousClock.now - start > .seconds(1.9))
        }
    }

    @Test func `a reader's allowance is whole again after a second, not before`() {
        var allowance = RequestAllowance(perSecond: 2)
        let start = NIODeadline.uptimeNanoseconds(5_000_000_000)
        let taken = [0, 900, 999, 1000, 1999].map { allowance.take(now: start + .milliseconds($0)) }
        #expect(taken == [true, true, false, true, true])
        #expect(allowance.renewal == start + .seconds(2))
    }

    @Test func `metrics count events, readers and requests`() async throws {
        try await withServer { _, path in
            let first = try await greetedReader(path)
            let second = try await greetedReader(path)
            try second.send("nonsense\n")
            _ = try await second.line()
            try first.send(#"{"id":1,"request":"metrics"}"# + "\n")
            let metrics = try object(await first.line())
            #expect(metrics["samples"] as? Int == 16_000)
            #expect(metrics["detections"] as? [String: Int] == ["left": 2, "right": 1])
            #expect(metrics["readers"] as? Int == 2)
            #expect(metrics["readers_accepted"] as? Int == 2)
            #expect(metrics["requests"] as? Int == 2)
            #expect(metrics["request_errors"] as? Int == 1)
        }
    }

    @Test func `events since an id are replayed, then the end is marked`() async throws {
        try await withServer(configure: { $0.historyEvents = 4 }) { server, path in
            for id in 1...6 { server.publish(keyword(UInt64(id))) }
            let reader = try await greetedReader(path)
            try reader.send(
                #"{"id":"a","request":"events","since":4}"# + "\n" + #"{"id":"b","request":"events"}"# + "\n")
            let ids = { (lines: [String]) in try lines.dropLast().map { try object($0)["id"] as? Int } }
            let recent = try await reader.lines(through: #""type":"events""#)
            #expect(try ids(recent) == [5, 6])
            #expect(recent.last == #"{"type":"events","id":"a","count":2,"newest_id":6,"incomplete":false}"#)
            let all = try await reader.lines(through: #""type":"events""#)
            #expect(try ids(all) == [3, 4, 5, 6])
            #expect(all.last == #"{"type":"events","id":"b","count":4,"newest_id":6,"incomplete":true}"#)
            try reader.send(#"{"id":"c","request":"events","since":18446744073709551615}"# + "\n")
            #expect(
                try await reader.line() == #"{"type":"events","id":"c","count":0,"newest_id":6,"incomplete":false}"#)
        }
    }

    @Test func `a subscription replaces the one before`() async throws {
        try await withServer { server, path in
            let reader = try await greetedReader(path)
            try reader.send(#"{"id":1,"request":"subscribe","types":["status"]}"# + "\n")
            #expect(try await reader.line() == #"{"type":"subscribe","id":1,"types":["status"]}"#)
            server.publish(keyword(1))
            server.publish(TestSource().status(), as: .status)
            #expect(try await reader.line()?.hasPrefix(#"{"type":"status""#) == true)
        }
    }

    @Test func `a permitted peer reloads the daemon, and hears why it failed`() async throws {
        let source = TestSource()
        try await withServer(source: source) { _, path in
            let reader = try await greetedReader(path)
            try reader.send(#"{"id":1,"request":"reload"}"# + "\n" + #"{"id":2,"request":"health"}"# + "\n")
            #expect(try await reader.line() == #"{"type":"reload","id":1,"summary":"nothing changed"}"#)
            #expect(try object(await reader.line())["id"] as? Int == 2)
            #expect(source.reloads.withLock { $0 } == 1)
        }
        try await withServer(source: TestSource(reloadFailure: ErrorMessage(.failed, "line 3 is wrong"))) { _, path in
            let reader = try await greetedReader(path)
            try reader.send(#"{"id":1,"request":"reload"}"# + "\n")
            #expect(try await reader.line() == #"{"type":"error","id":1,"error":"line 3 is wrong","code":"failed"}"#)
        }
    }

    @Test func `who may control the daemon is root, its own user, and the group`() {
        let peer = Peer(processID: 1, userID: 1000, groupIDs: [1000, 44])
        #expect(!peer.mayControl(daemonUserID: 990, groupID: nil))
        #expect(!peer.mayControl(daemonUserID: 990, groupID: 45))
        #expect(peer.mayControl(daemonUserID: 990, groupID: 44))
        #expect(peer.mayControl(daemonUserID: 1000, groupID: nil))
        #expect(Peer(processID: 1, userID: 0, groupIDs: [0]).mayControl(daemonUserID: 990, groupID: nil))
    }
}
