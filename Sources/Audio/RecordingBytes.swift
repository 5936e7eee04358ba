import Glibc

/// The bytes of a recording, on disk or in memory, read from any place.
///
/// One thread at a time.
final class RecordingBytes {
    let count: Int
    private let memory: [UInt8]
    private let descriptor: CInt?
    /// The bytes that were asked for last, and some after them: headers are read a few bytes at a time.
    private var window: [UInt8] = []
    private var windowStart = 0

    private static let windowBytes = 65_536

    init(_ bytes: [UInt8]) {
        memory = bytes
        count = bytes.count
        descriptor = nil
    }

    /// - Parameter descriptor: of a regular file of so many bytes; it is closed with this object.
    init(descriptor: CInt, count: Int) {
        memory = []
        self.count = count
        self.descriptor = descriptor
    }

    deinit { if let descriptor { close(descriptor) } }

    /// Copies the bytes from a place on; returns how many, 0 at the end or where they cannot be read.
    func read(at place: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let wanted = min(buffer.count, count - place)
        guard wanted > 0 else { return 0 }
        if let descriptor { return max(0, pread(descriptor, buffer.baseAddress, wanted, off_t(place))) }
        memory[place..<place + wanted].withUnsafeBytes { buffer.copyMemory(from: $0) }
        return wanted
    }

    /// So many bytes from a place on; nil where there are fewer, or for more than 64 KiB.
    func bytes(at place: Int, _ wanted: Int) -> ArraySlice<UInt8>? {
        guard place >= 0, wanted <= min(count - place, Self.windowBytes) else { return nil }
        if place < windowStart || place + wanted > windowStart + window.count {
            var more = [UInt8](repeating: 0, count: min(Self.windowBytes, count - place))
            let length = more.withUnsafeMutableBytes { read(at: place, into: $0) }
            window = Array(more.prefix(length))
            windowStart = place
        }
        guard place + wanted <= windowStart + window.count else { return nil }
        return window[(place - windowStart)...].prefix(wanted)
    }

    /// A number of 1 to 8 bytes; nil beyond the end.
    func number(at place: Int, bytes width: Int, bigEndian: Bool) -> UInt64? {
        guard let digits = bytes(at: place, width) else { return nil }
        return bigEndian
            ? digits.reduce(0) { $0 << 8 | UInt64($1) } : digits.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Whether a text stands at a place.
    func has(_ text: String, at place: Int) -> Bool {
        bytes(at: place, text.utf8.count).map { $0.elementsEqual(text.utf8) } ?? false
    }
}
