import Foundation
import Protocol
import Server
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct SocketFileTests {
    private func start(_ path: String, group: String? = nil) async throws -> (EventServer, [String]) {
        let server = EventServer(configuration: .init(path: path, group: group), source: TestSource())
        return (server, try await server.start())
    }

    private func stop(_ server: EventServer) async throws {
        server.stop()
        try await server.run()
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `the socket is for owner and group, its missing directories are made`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/a/b/attuned.sock"
            let (server, notices) = try await start(path)
            #expect(try mode(path) == 0o660)
            #expect(try mode(folder + "/a/b").map { $0 & ~0o755 } == 0)
            #expect(notices.isEmpty)
            try await stop(server)
        }
    }

    @Test func `the socket is handed to a group that exists, otherwise a notice says so`() async throws {
        try await withTemporaryFolder { folder in
            let (server, notices) = try await start(folder + "/1.sock", group: "no-such-group")
            #expect(notices.count == 1 && notices[0].contains("there is no group no-such-group"))
            try await stop(server)
            guard geteuid() == 0 else { return }
            let path = folder + "/2.sock"
            let (second, none) = try await start(path, group: "audio")
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.groupOwnerAccountName] as? String == "audio")
            #expect(none.isEmpty)
            try await stop(second)
        }
    }

    @Test func `a stale socket is replaced`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            try bindAndAbandon(path)
            let (server, _) = try await start(path)
            _ = try await greetedReader(path)
            try await stop(server)
        }
    }

    @Test func `a socket where somebody answers is left alone`() async throws {
        try await withServer { _, path in
            await #expect(throws: SocketError.inUse(path: path)) { _ = try await start(path) }
            _ = try await greetedReader(path)
        }
    }

    @Test func `of many servers that start at once on a stale socket one wins`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/attuned.sock"
            // Many rounds: between looking at the stale socket and binding lie microseconds.
            for _ in 0..<20 {
                try bindAndAbandon(path)
                let servers = (0..<8).map { _ in EventServer(configuration: .init(path: path), source: TestSource()) }
                let started = await withTaskGroup(of: EventServer?.self) { group in
                    for server in servers {
                        group.addTask { (try? await server.start()).map { _ in server } }
                    }
                    return await group.reduce(into: [EventServer]()) { if let server = $1 { $0.append(server) } }
                }
                #expect(started.count == 1)
                for server in started { try await stop(server) }
            }
        }
    }

    @Test func `what is not a socket is left alone`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/file"
            try Data("precious".utf8).write(to: URL(fileURLWithPath: file))
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: file)
            for path in [file, folder + "/link", "/dev/null", folder] {
                await #expect(throws: SocketError.notASocket(path: path)) { _ = try await start(path) }
            }
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
        }
    }

    @Test func `a path too long for the kernel is an error with its limit`() async throws {
        try await withTemporaryFolder { folder in
            let longest = folder + "/" + String(repeating: "s", count: 107 - folder.utf8.count - 1)
            let (server, _) = try await start(longest)
            _ = try await greetedReader(longest)
            try await stop(server)
            await #expect(throws: SocketError.pathTooLong(path: longest + "s", limitBytes: 107)) {
                _ = try await start(longest + "s")
            }
        }
    }

    @Test(arguments: ["", "/tmp/a\u{0}b", "/tmp/"])
    func `what cannot be a path is an error`(_ path: String) async {
        await #expect(throws: SocketError.pathNotUsable(path: path)) { _ = try await start(path) }
    }

    @Test func `a directory that cannot be made or written is an error that names it`() async throws {
        // Root may write everywhere but here: nothing can be created in /proc.
        await #expect(throws: SocketError.noDirectory(directory: "/proc/attuned", code: ENOENT)) {
            _ = try await start("/proc/attuned/attuned.sock")
        }
        try await withTemporaryFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            await #expect(throws: SocketError.self) { _ = try await start(folder + "/file/attuned.sock") }
        }
        do {
            _ = try await start("/proc/attuned.sock")
            Issue.record("a socket in /proc")
        } catch {
            #expect("\(error)".contains("/proc/attuned.sock"))
        }
    }

    @Test func `the reason why a directory cannot be made is that of making it`() async throws {
        // Nothing can be made in sysfs, whoever asks; that it is not there would say nothing.
        await #expect(throws: SocketError.noDirectory(directory: "/sys/attuned", code: EPERM)) {
            _ = try await start("/sys/attuned/attuned.sock")
        }
        #expect(SocketPath.advice(environment: [:], userID: 7)?.contains("XDG_RUNTIME_DIR is not set") == true)
        #expect(SocketPath.advice(environment: ["XDG_RUNTIME_DIR": "/run/user/7"], userID: 7) == nil)
        #expect(SocketPath.advice(environment: [:], userID: 0) == nil)
    }

    @Test func `a directory that another program keeps locked is a notice, and no reason to wait for ever`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
            defer { close(descriptor) }
            try #require(flock(descriptor, LOCK_EX) == 0)
            let (server, notices) = try await start(folder + "/attuned.sock")
            #expect(notices.count == 1 && notices[0].contains("is locked by another program"))
            _ = try await greetedReader(folder + "/attuned.sock")
            try await stop(server)
        }
    }

    @Test(.enabled(if: geteuid() != 0)) func `a directory of somebody else is an error that says what to do`()
        async throws
    {
        await #expect(throws: SocketError.notWritable(path: "/etc/attuned.sock", code: EACCES)) {
            _ = try await start("/etc/attuned.sock")
        }
    }

    @Test(.enabled(if: geteuid() != 0))
    func `a group of which the daemon's user is no member is a notice`() async throws {
        try await withTemporaryFolder { folder in
            let (server, notices) = try await start(folder + "/attuned.sock", group: "audio")
            #expect(notices.count == 1 && notices[0].contains("cannot be given to group audio"))
            try await stop(server)
        }
    }

    @Test func `the default path is the user's own where there is one`() async throws {
        #expect(
            SocketPath.server(environment: ["XDG_RUNTIME_DIR": "/run/user/7"], userID: 7)
                == "/run/user/7/attuned/attuned.sock")
        #expect(SocketPath.server(environment: ["XDG_RUNTIME_DIR": "/run/user/7"], userID: 0) == SocketPath.system)
        #expect(SocketPath.server(environment: ["XDG_RUNTIME_DIR": ""], userID: 7) == SocketPath.system)
        #expect(SocketPath.client(environment: ["ATTUNED_SOCKET": "/x"]) == "/x")
        #expect(SocketPath.client(environment: [:]) == SocketPath.system)
        try await withTemporaryFolder { folder in
            let environment = ["XDG_RUNTIME_DIR": folder, "ATTUNED_SOCKET": ""]
            #expect(SocketPath.client(environment: environment) == SocketPath.system)
            let (server, _) = try await start(folder + "/attuned/attuned.sock")
            #expect(SocketPath.client(environment: environment) == folder + "/attuned/attuned.sock")
            try await stop(server)
        }
    }

    /// Leaves a socket behind, as a daemon that was killed does.
    private func bindAndAbandon(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let address = try UnixAddress(path: path)
        let result = address.withPointer { bind(descriptor, $0, $1) }
        try #require(result == 0)
        listen(descriptor, 1)
    }
}
