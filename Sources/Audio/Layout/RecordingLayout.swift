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
        self =
            ChunkFile(bytes)?.layout ?? Self.ofAU(bytes) ?? Self.ofVOC(bytes) ?? Self.ofSPHERE(bytes)
            ?? Self.ofOgg(bytes) ?? MPEGStream(bytes)?.layout ?? Self.whole(bytes)
    }

    init(parts: [Part], missing: String? = nil, hidesEnd: Bool = false) {
        (self.parts, self.missing, self.hidesEnd) = (parts, missing, hidesEnd)
    }

    /// What is said of a file that has so many bytes less than it states.
    static func lack(ofBytes count: UInt64) -> String { "the file lacks \(count) of the bytes that it states" }

    static func whole(_ bytes: RecordingBytes, missing: String? = nil) -> RecordingLayout {
        RecordingLayout(parts: [.stored(0..<bytes.count)], missing: missing)
    }
}
