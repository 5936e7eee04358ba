import Glibc
internal import CSystemd

/// The systemd journal: structured entries in its own protocol (`sd_journal_sendv`).
public enum Journal {
    /// How grave an entry is: syslog's levels.
    public enum Priority: Int, Sendable {
        case emergency, alert, critical, error, warning, notice, info, debug
    }

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

    /// Sends one entry; false if the journal did not take it. Nothing is sent where no journal runs, and that is true.
    ///
    /// Field names are brought to what the journal takes: capitals, digits and underscores, none of them in front.
    @discardableResult
    public static func send(
        _ priority: Priority, _ message: String, fields: [(name: String, value: String)] = []
    ) -> Bool {
        send(entries(priority, message, fields: fields))
    }

    /// Sends one entry whose fields are already named as the journal takes them, MESSAGE and PRIORITY among them.
    @discardableResult
    public static func send(_ fields: [(String, String)]) -> Bool {
        send(fields.map { Array("\($0)=\($1)".utf8) })
    }

    private static func send(_ entries: [[UInt8]]) -> Bool {
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

    /// The entry's fields as the journal takes them, NAME=value in UTF-8 each. Two names that become the same are two
    /// values.
    package static func entries(
        _ priority: Priority, _ message: String, fields: [(name: String, value: String)]
    ) -> [[UInt8]] {
        let standard = [("MESSAGE", message), ("PRIORITY", String(priority.rawValue))]
        return (standard + fields.map { (fieldName($0.name), $0.value) }).map { Array("\($0)=\($1)".utf8) }
    }

    /// At most 64 of A-Z, 0-9 and _, beginning with a letter; the journal drops an entry with any other name.
    package static func fieldName(_ name: String) -> String {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let allowed = name.uppercased().utf8.map {
            capitals.contains($0) || digits.contains($0) ? $0 : UInt8(ascii: "_")
        }
        let letters = allowed.drop { !capitals.contains($0) }
        return letters.isEmpty ? "FIELD" : String(decoding: letters.prefix(64), as: UTF8.self)
    }
}
