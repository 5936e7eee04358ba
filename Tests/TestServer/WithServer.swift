import Foundation
import Protocol
import Server

/// A folder that is gone afterwards, its path short enough for a socket in it.
package func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    var template = Array("/tmp/attuned-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw RawReader.Failure(what: "mkdtemp") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// A server on a real socket, stopped afterwards.
package func withServer(
    source: TestSource = TestSource(), configure: (inout EventServer.Configuration) -> Void = { _ in },
    _ body: (EventServer, String) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        var configuration = EventServer.Configuration(path: folder + "/attuned.sock")
        configure(&configuration)
        let server = EventServer(configuration: configuration, source: source)
        try await server.start()
        let running = Task { try await server.run() }
        do {
            try await body(server, configuration.path)
        } catch {
            server.stop()
            try await running.value
            throw error
        }
        server.stop()
        try await running.value
    }
}

/// A reader that has heard `hello` and `status`.
package func greetedReader(_ path: String) async throws -> RawReader {
    let reader = try RawReader(path)
    _ = try await reader.line()
    _ = try await reader.line()
    return reader
}

/// The fields of a line, to be compared by value.
package func object(_ line: String?) throws -> NSDictionary {
    let value = try JSONSerialization.jsonObject(with: Data((line ?? "").utf8))
    guard let object = value as? NSDictionary else { throw RawReader.Failure(what: "not an object: \(line ?? "end")") }
    return object
}
