/// Where a file has its samples, found in the file itself, and how it is shown to libsndfile so that all of them are read.
///
/// libsndfile believes a length that a header states, estimates one where there is none, and takes a file that was cut
/// short for a shorter one.
struct RecordingLayout {
    /// A run of bytes that libsndfile sees.
    enum Part: Equatable {
        /// Bytes of the file.
        case stored(Range<Int>)
        /// Bytes that should have stood there.
        case made([UInt8])

        var count: Int {
            switch self {
            case .stored(let range): range.count
            case .made(let bytes): bytes.count
            }
        }
    }

    var parts: [Part]
    /// What the file states and does not hold, in words; nil if it is whole as far as it tells.
    var missing: String?
    /// Whether the end is kept from the decoder: an MP3 decoder that knows the size of the file estimates its length, and
    /// reads no further.
    var hidesEnd = false

    init(of bytes: RecordingBytes) {
        let whole = RecordingLayout(parts: [.stored(0..<bytes.count)])
        self = ChunkFile(bytes)?.layout ?? Self.ofAU(bytes) ?? MPEGStream(bytes)?.layout ?? whole
    }

    init(parts: [Part], missing: String? = nil, hidesEnd: Bool = false) {
        (self.parts, self.missing, self.hidesEnd) = (parts, missing, hidesEnd)
    }

    /// What is said of a file that has so many bytes less than it states.
    static func lack(ofBytes count: UInt64) -> String { "the file lacks \(count) of the bytes that it states" }

    /// AU: a header that states the place and the length of the samples.
    private static func ofAU(_ bytes: RecordingBytes) -> RecordingLayout? {
        let isBigEndian = bytes.has(".snd", at: 0)
        guard isBigEndian || bytes.has("dns.", at: 0) else { return nil }
        func field(_ index: Int) -> UInt64? { bytes.number(at: 4 * index, bytes: 4, bigEndian: isBigEndian) }
        guard let start = field(1), let stated = field(2), let channels = field(5) else { return nil }
        let whole = RecordingLayout(parts: [.stored(0..<bytes.count)])
        let unknown = UInt64(UInt32.max)
        let held = UInt64(bytes.count)
        if stated == 0, held > start {
            let parts: [Part] = [.stored(0..<8), .made([0xff, 0xff, 0xff, 0xff]), .stored(12..<bytes.count)]
            return RecordingLayout(parts: parts)
        }
        guard stated != unknown, start + stated > held else { return whole }
        // Less than one sample of all channels, at two bytes each, is nothing that is missed.
        let lacking = start + stated - held
        return lacking < 2 * max(channels, 1)
            ? whole : RecordingLayout(parts: whole.parts, missing: lack(ofBytes: lacking))
    }
}
