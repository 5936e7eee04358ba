import Foundation

/// A program that ran to its end.
public struct Finished: Sendable {
    /// Its exit code, or the negative number of the signal that ended it.
    public let status: Int32
    public let stdout: String
    public let stderr: String

    public var lines: [String] { stdout.split(separator: "\n").map(String.init) }
}

/// The programs of this package, as they were built with the tests.
public enum Binary {
    /// Where a program lies: beside the tests.
    public static func url(_ name: String) -> URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
    }
}

/// Runs a program with no input, and kills it if it does not end in time.
///
/// - Parameters:
///   - name: one of this package's programs, or the absolute path of any.
///   - environment: added to the environment of the tests, from which settings of attuned are taken away.
public func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], timeoutSeconds: Double = 60
) throws -> Finished {
    try withTemporaryFolder { folder in
        let output = try FileHandle(forUpdating: URL(filePath: folder.adding("stdout", [])))
        let errors = try FileHandle(forUpdating: URL(filePath: folder.adding("stderr", [])))
        let process = Process()
        process.executableURL = name.hasPrefix("/") ? URL(filePath: name) : Binary.url(name)
        process.arguments = arguments
        let inherited = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("ATTUNED_") && !["LOG_LEVEL", "NOTIFY_SOCKET"].contains($0.key) }
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let identifier = process.processIdentifier
        let deadline = DispatchWorkItem { kill(identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeoutSeconds, execute: deadline)
        process.waitUntilExit()
        deadline.cancel()
        func text(_ handle: FileHandle) throws -> String {
            try handle.seek(toOffset: 0)
            return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        }
        let status = process.terminationStatus
        return Finished(
            status: process.terminationReason == .exit ? status : -status, stdout: try text(output),
            stderr: try text(errors))
    }
}
