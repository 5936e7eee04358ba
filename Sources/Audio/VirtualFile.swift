import CSndfile
import Glibc

/// A recording as libsndfile is shown it: parts of its bytes, and others in their place where a header is wrong.
///
/// One thread at a time.
final class VirtualFile {
    private let bytes: RecordingBytes
    private let layout: RecordingLayout
    private let count: Int
    private var position = 0

    init(_ bytes: RecordingBytes, _ layout: RecordingLayout) {
        self.bytes = bytes
        self.layout = layout
        count = layout.parts.reduce(0) { $0 + $1.count }
    }

    /// Opens it; nil if it is no recording, and then `sf_strerror` says why. It must outlive what is returned.
    func open(_ info: inout SF_INFO) -> OpaquePointer? {
        var callbacks = SF_VIRTUAL_IO(
            get_filelen: { sf_count_t(VirtualFile.from($0).count) },
            seek: { VirtualFile.from($2).seek(Int(clamping: $0), $1) },
            read: { VirtualFile.from($2).read(into: $0, count: Int(clamping: $1)) },
            write: { _, _, _ in 0 },
            tell: { sf_count_t(VirtualFile.from($0).position) })
        return sf_open_virtual(&callbacks, Int32(SFM_READ), &info, Unmanaged.passUnretained(self).toOpaque())
    }

    // SAFETY: the pointer is the one that `open` gives to libsndfile, whose handle does not outlive this object.
    private static func from(_ pointer: UnsafeMutableRawPointer?) -> VirtualFile {
        Unmanaged<VirtualFile>.fromOpaque(pointer!).takeUnretainedValue()
    }

    private func seek(_ offset: Int, _ origin: Int32) -> sf_count_t {
        if origin == SEEK_END, layout.hidesEnd { return -1 }
        let start =
            switch origin {
            case SEEK_CUR: position
            case SEEK_END: count
            default: 0
            }
        let (target, overflow) = start.addingReportingOverflow(offset)
        guard !overflow, (0...count).contains(target) else { return -1 }
        position = target
        return sf_count_t(target)
    }

    private func read(into buffer: UnsafeMutableRawPointer?, count wanted: Int) -> sf_count_t {
        var done = 0
        var start = 0
        for part in layout.parts {
            let offset = position - start
            start += part.count
            guard offset >= 0, offset < part.count, done < wanted, let buffer else { continue }
            let target = UnsafeMutableRawBufferPointer(
                start: buffer + done, count: min(wanted - done, part.count - offset))
            let copied: Int
            switch part {
            case .stored(let range): copied = bytes.read(at: range.lowerBound + offset, into: target)
            case .made(let bytes):
                bytes[offset..<offset + target.count].withUnsafeBytes { target.copyMemory(from: $0) }
                copied = target.count
            }
            done += copied
            position += copied
            if copied < target.count { break }
        }
        return sf_count_t(done)
    }
}
