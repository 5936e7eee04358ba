/// MP3 (also MPEG layers I and II): frame after frame, with tags before, between and after them.
///
/// The frames are counted: a file without a Xing header has no length, and one with it may state another than it has, as
/// two files do that were put together.
struct MPEGStream {
    private let bytes: RecordingBytes
    private var runs: [Range<Int>] = []
    private var frames: UInt64 = 0
    /// Whether another frame begins at the end, and is not whole.
    private var endsWithinFrame = false

    /// So far the first frame is sought behind tags.
    private static let soughtBytes = 65_536

    /// Nil if there are no frames where they should begin.
    init?(_ bytes: RecordingBytes) {
        self.bytes = bytes
        guard !["fLaC", "OggS", "RIFF", "FORM"].contains(where: { bytes.has($0, at: 0) }) else { return nil }
        var place = 0
        while let tag = tagBytes(at: place) { place += tag }
        guard let first = firstFrame(from: place) else { return nil }
        follow(from: first.place, like: first.frame)
    }

    /// How the stream is to be shown: its frames without the tags, and without a Xing header that is not true.
    var layout: RecordingLayout {
        var parts = runs
        var missing = endsWithinFrame ? "it ends within a frame" : nil
        if let stated = statedFrames, stated != frames - 1 {
            // Files that are short of one frame are whole: not all count alike.
            if stated > frames { missing = "it states \(stated) frames and holds \(frames - 1)" }
            if let first = Frame(bytes, at: parts[0].lowerBound) {
                parts[0] = parts[0].lowerBound + first.byteCount..<parts[0].upperBound
            }
        }
        return RecordingLayout(parts: parts.map { .stored($0) }, missing: missing, hidesEnd: true)
    }

    /// The number of frames that a Xing header states, which looks like a frame itself; nil without one.
    private var statedFrames: UInt64? {
        let first = runs[0].lowerBound
        // Behind side information that is longer in stereo and in MPEG-1.
        for place in [36, 21, 13].map({ first + $0 }) where bytes.has("Xing", at: place) || bytes.has("Info", at: place)
        {
            guard let flags = bytes.number(at: place + 4, bytes: 4, bigEndian: true), flags & 1 == 1 else { return nil }
            return bytes.number(at: place + 8, bytes: 4, bigEndian: true)
        }
        return nil
    }

    /// Three frames in a row, or as many as there are to the end, are no accident.
    private func firstFrame(from start: Int) -> (place: Int, frame: Frame)? {
        for place in start..<max(start, min(start + Self.soughtBytes, bytes.count - 4)) {
            guard let frame = Frame(bytes, at: place) else { continue }
            var next = place + frame.byteCount
            // Behind something else the end of the file is no third frame: what looks like one there is an accident.
            var isRow = true
            for _ in 0..<2 where isRow && (place > start || next < bytes.count) {
                let follower = Frame(bytes, at: next).flatMap { $0.isLike(frame) ? $0 : nil }
                isRow = follower != nil || next < bytes.count && tagBytes(at: next) != nil
                next += follower?.byteCount ?? bytes.count
            }
            if isRow, place + frame.byteCount <= bytes.count { return (place, frame) }
        }
        return nil
    }

    private mutating func follow(from start: Int, like first: Frame) {
        var place = start
        var run = start..<start
        while place < bytes.count {
            if let frame = Frame(bytes, at: place), frame.isLike(first) {
                guard place + frame.byteCount <= bytes.count else {
                    endsWithinFrame = true
                    break
                }
                frames += 1
                place += frame.byteCount
                run = run.lowerBound..<place
            } else if let tag = tagBytes(at: place) {
                place += tag
                runs.append(run)
                run = place..<place
            } else if bytes.count - place < 4, bytes.number(at: place, bytes: 1, bigEndian: true) == 0xff {
                endsWithinFrame = true
                break
            } else if let next = resync(from: place + 1, like: first) {
                // What is damaged stays, for the decoder to tell.
                place = next
            } else {
                break
            }
        }
        runs = (runs + [run]).filter { !$0.isEmpty }
    }

    private func resync(from start: Int, like first: Frame) -> Int? {
        for place in start..<max(start, bytes.count - 3) {
            guard bytes.number(at: place, bytes: 1, bigEndian: true) == 0xff, let frame = Frame(bytes, at: place),
                frame.isLike(first), let next = Frame(bytes, at: place + frame.byteCount), next.isLike(first)
            else { continue }
            return place
        }
        return nil
    }

    /// The length of a tag at a place: ID3v2, ID3v1 or APE, whole or not; nil if there is none.
    private func tagBytes(at place: Int) -> Int? {
        if bytes.has("ID3", at: place), let header = bytes.bytes(at: place, 10) {
            let size = header.suffix(4).reduce(0) { $0 << 7 | Int($1 & 0x7f) }
            let hasFooter = header[header.startIndex + 5] & 0x10 != 0
            return 10 + size + (hasFooter ? 10 : 0)
        }
        if bytes.has("TAG", at: place) { return 128 }
        if bytes.has("APETAGEX", at: place),
            let size = bytes.number(at: place + 12, bytes: 4, bigEndian: false),
            let flags = bytes.number(at: place + 20, bytes: 4, bigEndian: false)
        {
            // The size counts the items and the footer; this is the header before them, or the footer alone.
            return flags & 1 << 29 != 0 ? 32 + Int(size) : 32
        }
        return nil
    }
}

extension MPEGStream {
    /// The header of a frame: ISO 11172-3 and 13818-3, and MPEG-2.5 for low rates.
    struct Frame {
        let byteCount: Int
        private let header: UInt64

        /// Version, layer and sample rate stay the same in a stream.
        func isLike(_ other: Frame) -> Bool { (header ^ other.header) & 0xfffe_0c00 == 0 }

        /// Nil where there is none, or one of free format.
        init?(_ bytes: RecordingBytes, at place: Int) {
            guard let header = bytes.number(at: place, bytes: 4, bigEndian: true), header >> 21 == 0x7ff else {
                return nil
            }
            self.header = header
            let (version, layer) = (Int(header >> 19 & 3), 4 - Int(header >> 17 & 3))
            let (rateIndex, speedIndex) = (Int(header >> 12 & 15), Int(header >> 10 & 3))
            guard version != 1, layer < 4, (1...14).contains(rateIndex), speedIndex < 3 else { return nil }
            let isFirst = version == 3
            let rates = Self.kilobits[isFirst ? layer - 1 : layer == 1 ? 3 : 4]
            let samplesASecond = [44100, 48000, 32000][speedIndex] >> (isFirst ? 0 : version == 2 ? 1 : 2)
            let bits = rates[rateIndex - 1] * 1000
            let padding = Int(header >> 9 & 1)
            byteCount =
                switch layer {
                case 1: (12 * bits / samplesASecond + padding) * 4
                case 3 where !isFirst: 72 * bits / samplesASecond + padding
                default: 144 * bits / samplesASecond + padding
                }
        }

        /// Kilobits a second of MPEG-1's layers I, II and III, then of MPEG-2's layer I and its others.
        private static let kilobits = [
            [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
            [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
            [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
            [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
            [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        ]
    }
}
