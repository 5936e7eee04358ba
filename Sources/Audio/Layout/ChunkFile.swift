/// A file of chunks, each with its name and its length: WAV and its relatives RIFX, RF64 and W64, AIFF, 8SVX and CAF.
///
/// Programs that write into a pipe do not know the length of the samples, and state 0 or a very large one; others are
/// wrong by a byte, or leave out the byte that brings a chunk of odd length to an even place.
struct ChunkFile {
    private let kind: Kind
    private let bytes: RecordingBytes
    /// Where a chunk of odd length lacks the byte after it.
    private var gaps: [Int] = []
    /// Bytes of a sample of all channels.
    private var sampleBytes: UInt64 = 1
    /// Where the length of the samples stands, and what it says; of the samples alone.
    private var lengthField = 0..<0
    private var statedBytes: UInt64 = 0
    private var firstSample = 0

    /// Nil if the file is of another kind, or no samples are found by its chunks.
    init?(_ bytes: RecordingBytes) {
        guard let kind = Kind.all.first(where: { bytes.has($0.magic, at: 0) }) else { return nil }
        (self.kind, self.bytes) = (kind, bytes)
        var place = kind.start
        var wide: Chunk?
        // No program writes so many.
        for _ in 0..<1000 {
            guard let chunk = kind.chunk(at: place, of: bytes) else { return nil }
            if kind.samples.contains(chunk.name) {
                found(chunk, wide: wide)
                return
            }
            guard let end = chunk.end(in: bytes) else { return nil }
            if chunk.name == "ds64" { wide = chunk }
            if chunk.name == kind.format { readFormat(chunk) }
            place = next(after: end)
        }
        return nil
    }

    private mutating func readFormat(_ chunk: Chunk) {
        func field(_ offset: Int) -> UInt64 {
            bytes.number(at: chunk.content + offset, bytes: 2, bigEndian: kind.isBigEndian) ?? 0
        }
        let stated =
            switch kind.format {
            case "COMM": field(0) * ((field(6) + 7) / 8)
            case "desc": field(18)
            default: field(12)
            }
        sampleBytes = max(1, stated)
    }

    private mutating func found(_ chunk: Chunk, wide: Chunk?) {
        firstSample = chunk.content
        lengthField = chunk.place + kind.nameBytes..<chunk.content
        statedBytes = chunk.length
        // RF64 has the length elsewhere, in 64 bits.
        guard chunk.length == UInt64(UInt32.max), let wide,
            let length = bytes.number(at: wide.content + 8, bytes: 8, bigEndian: false)
        else { return }
        lengthField = wide.content + 8..<wide.content + 16
        statedBytes = length
    }

    /// The place of the chunk after one that ends at a place.
    private mutating func next(after end: Int) -> Int {
        let even = kind.aligned(end)
        guard even != end, !isChunk(at: even), isChunk(at: end) else { return even }
        gaps.append(end)
        return end
    }

    private func isChunk(at place: Int) -> Bool {
        guard let chunk = kind.chunk(at: place, of: bytes) else { return false }
        return chunk.name.utf8.allSatisfy { (0x20...0x7e).contains($0) }
            && (kind.samples.contains(chunk.name) || chunk.end(in: bytes) != nil)
    }

    /// How the file is to be shown; see ``RecordingLayout``.
    var layout: RecordingLayout {
        let heldBytes = UInt64(bytes.count - firstSample)
        let unknown: UInt64 = lengthField.count > 4 ? 1 << 62 : 0x7f00_0000
        var edits = gaps.map { ($0..<$0, [UInt8(0)]) }
        if statedBytes > heldBytes || statedBytes < heldBytes && !isTrue {
            edits.append((lengthField, kind.length(heldBytes, width: lengthField.count)))
        }
        let isShort = statedBytes < unknown && statedBytes >= heldBytes + sampleBytes
        let missing = isShort ? RecordingLayout.lack(ofBytes: statedBytes - heldBytes) : nil
        var parts: [RecordingLayout.Part] = []
        var place = 0
        for (range, replacement) in edits.sorted(by: { $0.0.lowerBound < $1.0.lowerBound }) {
            parts += [.stored(place..<range.lowerBound), .made(replacement)]
            place = range.upperBound
        }
        return RecordingLayout(parts: parts + [.stored(place..<bytes.count)], missing: missing)
    }

    /// Whether a length that is less than what follows is meant: other chunks follow then, or nothing but zeros.
    private var isTrue: Bool {
        let end = firstSample + Int(statedBytes)
        let rest = bytes.count - end
        if statedBytes > 0 {
            if rest < kind.nameBytes + kind.lengthBytes { return true }
            if let start = bytes.bytes(at: end, min(rest, 4096)), start.allSatisfy({ $0 == 0 }) { return true }
        }
        return isChunk(at: kind.aligned(end)) || isChunk(at: end)
    }
}

extension ChunkFile {
    /// A chunk: where it begins, where its content begins, and how long that is.
    struct Chunk {
        let name: String
        let place: Int
        let content: Int
        let length: UInt64

        /// Nil if it ends beyond the end of the file.
        func end(in bytes: RecordingBytes) -> Int? {
            length <= UInt64(bytes.count - content) ? content + Int(length) : nil
        }
    }

    /// How a kind of file writes its chunks.
    struct Kind {
        let magic: String
        /// Where the first chunk is.
        let start: Int
        var isBigEndian = false
        /// Bytes of a chunk's name, of which the first four are text, and of its length.
        var nameBytes = 4
        var lengthBytes = 4
        /// Chunks begin at multiples of it.
        var alignment = 2
        /// Names of the chunk with the samples, and of the one with their format.
        var samples = ["data"]
        var format = "fmt "
        /// Lengths count the chunk's header too.
        var countsHeader = false

        static let all = [
            Kind(magic: "RIFF", start: 12), Kind(magic: "RIFX", start: 12, isBigEndian: true),
            Kind(magic: "RF64", start: 12), Kind(magic: "BW64", start: 12),
            Kind(magic: "riff", start: 40, nameBytes: 16, lengthBytes: 8, alignment: 8, countsHeader: true),
            Kind(magic: "FORM", start: 12, isBigEndian: true, samples: ["SSND", "BODY"], format: "COMM"),
            Kind(magic: "caff", start: 8, isBigEndian: true, lengthBytes: 8, alignment: 1, format: "desc"),
        ]

        private var headerBytes: Int { nameBytes + lengthBytes }
        private var countedBytes: UInt64 { countsHeader ? UInt64(headerBytes) : 0 }

        func aligned(_ place: Int) -> Int { (place + alignment - 1) / alignment * alignment }

        func chunk(at place: Int, of bytes: RecordingBytes) -> Chunk? {
            let field = place + nameBytes
            guard let name = bytes.bytes(at: place, 4),
                let length = bytes.number(at: field, bytes: lengthBytes, bigEndian: isBigEndian)
            else { return nil }
            return Chunk(
                name: String(decoding: name, as: UTF8.self), place: place, content: place + headerBytes,
                length: length - min(length, countedBytes))
        }

        /// A length of a chunk's content as it stands in a field of so many bytes; at most the largest that fits.
        func length(_ length: UInt64, width: Int) -> [UInt8] {
            let stated = width > 4 ? length + countedBytes : min(length, 0xffff_fff0)
            let digits = withUnsafeBytes(of: stated.littleEndian) { Array($0.prefix(width)) }
            return isBigEndian ? digits.reversed() : digits
        }
    }
}
