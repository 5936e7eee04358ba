import Glibc

/// What the preloaded library of Tests/CallCounter has counted, as CallCounter.h lays it out.
public struct CallCounts: Sendable {
    /// For each named thread, its calls of malloc, calloc, realloc, the aligned kinds, free, and locks.
    public let callsByThread: [String: [UInt64]]

    /// What makes a child process count into a file.
    public static func environment(countingInto path: String) -> [String: String] {
        [
            "LD_PRELOAD": FakeDevices.buildFolder + "/libCallCounter.so",
            "CALL_COUNTER_FILE": path,
        ]
    }

    /// Nil while the file is not there or not whole.
    public init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        guard read(descriptor, &bytes, 1024) == 1024, bytes[..<7].elementsEqual("CALLCNT".utf8) else { return nil }
        var calls: [String: [UInt64]] = [:]
        for slot in stride(from: 64, to: 1024, by: 64) where bytes[slot] != 0 {
            let name = String(decoding: bytes[slot..<slot + 16].prefix { $0 != 0 }, as: UTF8.self)
            calls[name] = bytes.withUnsafeBytes { buffer in
                (0..<6).map { buffer.loadUnaligned(fromByteOffset: slot + 16 + 8 * $0, as: UInt64.self) }
            }
        }
        callsByThread = calls
    }
}
