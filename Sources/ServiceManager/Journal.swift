import Glibc
internal import CSystemd

/// The systemd journal: structured entries in its own protocol (`sd_journal_sendv`).
public enum Journal {
    /// Whether standard error goes to the journal, which is when entries belong there and not on standard error.
    public static var isStandardErrorJournal: Bool { isJournal(STDERR_FILENO) }

    /// Whether a descriptor is the stream that `JOURNAL_STREAM` names by device and inode. The variable alone says
    /// nothing: it is inherited by processes whose output was redirected.
    package static func isJournal(_ descriptor: Int32) -> Bool {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
        let parts = stream.split(separator: ":", maxSplits: 1)
        var status = stat()
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]),
            fstat(descriptor, &status) == 0
        else { return false }
        return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }

    /// Sends one entry, its fields named as the journal takes them, `MESSAGE` and `PRIORITY` among them.
    ///
    /// - Returns: whether the journal took it; also true where no journal runs.
    @discardableResult
    public static func send(_ fields: [(String, String)]) -> Bool {
        let entries = fields.map { Array("\($0.0)=\($0.1)".utf8) }
        // SAFETY: each vector points into the bytes of its entry, all in one buffer that outlives the call.
        let bytes = entries.flatMap { $0 }
        return bytes.withUnsafeBytes { buffer in
            var vectors: [iovec] = []
            var offset = 0
            for entry in entries {
                let base = UnsafeMutableRawPointer(mutating: buffer.baseAddress! + offset)
                vectors.append(iovec(iov_base: base, iov_len: entry.count))
                offset += entry.count
            }
            return sd_journal_sendv(vectors, Int32(vectors.count)) == 0
        }
    }
}
