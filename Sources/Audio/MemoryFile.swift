import CSndfile
import Glibc

/// A recording in memory, which libsndfile reads as if it were a file. One thread at a time.
final class MemoryFile {
    let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Opens it; nil if it is no recording, and then `sf_strerror` says why. It must outlive what is returned.
    func open(_ info: inout SF_INFO) -> OpaquePointer? {
        var callbacks = SF_VIRTUAL_IO(
            get_filelen: { sf_count_t(MemoryFile.from($0).bytes.count) },
            seek: { MemoryFile.from($2).seek(Int(clamping: $0), $1) },
            read: { MemoryFile.from($2).read(into: $0, count: Int(clamping: $1)) },
            write: { _, _, _ in 0 },
            tell: { sf_count_t(MemoryFile.from($0).position) })
        return sf_open_virtual(&callbacks, Int32(SFM_READ), &info, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Lends it as a file of the standard library, which `body` closes.
    func withStandardFile<Result>(_ body: (UnsafeMutablePointer<FILE>?) -> Result) -> Result {
        // SAFETY: opened for reading, the buffer is not written to.
        bytes.withUnsafeBytes {
            body(fmemopen(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count, "rb"))
        }
    }

    // SAFETY: the pointer is the one that `open` gives to libsndfile, whose handle does not outlive this object.
    private static func from(_ pointer: UnsafeMutableRawPointer?) -> MemoryFile {
        Unmanaged<MemoryFile>.fromOpaque(pointer!).takeUnretainedValue()
    }

    private func seek(_ offset: Int, _ origin: Int32) -> sf_count_t {
        let start =
            switch origin {
            case SEEK_CUR: position
            case SEEK_END: bytes.count
            default: 0
            }
        let (target, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, (0...bytes.count).contains(target) else { return -1 }
        position = target
        return sf_count_t(target)
    }

    private func read(into buffer: UnsafeMutableRawPointer?, count: Int) -> sf_count_t {
        let part = bytes[position..<position + max(0, min(count, bytes.count - position))]
        part.withUnsafeBytes { source in
            if let start = source.baseAddress { buffer?.copyMemory(from: start, byteCount: source.count) }
        }
        position += part.count
        return sf_count_t(part.count)
    }
}
