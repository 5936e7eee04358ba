// Files that state in one place how many samples there are, or that come in pages.
extension RecordingLayout {
    /// AU: a header that states the place and the length of the samples.
    static func ofAU(_ bytes: RecordingBytes) -> RecordingLayout? {
        let isBigEndian = bytes.has(".snd", at: 0)
        guard isBigEndian || bytes.has("dns.", at: 0) else { return nil }
        func field(_ index: Int) -> UInt64? { bytes.number(at: 4 * index, bytes: 4, bigEndian: isBigEndian) }
        guard let start = field(1), let stated = field(2), let channels = field(5) else { return nil }
        let unknown = UInt64(UInt32.max)
        let held = UInt64(bytes.count)
        if stated == 0, held > start {
            let parts: [Part] = [.stored(0..<8), .made([0xff, 0xff, 0xff, 0xff]), .stored(12..<bytes.count)]
            return RecordingLayout(parts: parts)
        }
        guard stated != unknown, start + stated > held else { return whole(bytes) }
        // Less than one sample of all channels, at two bytes each, is nothing that is missed.
        let lacking = start + stated - held
        return lacking < 2 * max(channels, 1)
            ? whole(bytes) : whole(bytes, missing: lack(ofBytes: lacking))
    }

    /// VOC: blocks with lengths of three bytes, up to one of type 0. libsndfile reads files of one block of sound, and only
    /// those where its length is true and that last block is there.
    static func ofVOC(_ bytes: RecordingBytes) -> RecordingLayout? {
        func field(_ place: Int, bytes width: Int) -> Int? {
            bytes.number(at: place, bytes: width, bigEndian: false).map { Int($0) }
        }
        guard bytes.has("Creative Voice File\u{1A}", at: 0), var block = field(20, bytes: 2) else { return nil }
        while let type = field(block, bytes: 1), type != 1, type != 9 {
            guard type != 0, let length = field(block + 1, bytes: 3) else { return nil }
            block += 4 + length
        }
        guard let stated = field(block + 1, bytes: 3) else { return nil }
        let start = block + 4
        let held = bytes.count - start
        let isUnknown = stated == 0 || stated == 0xff_ffff
        guard stated >= held || isUnknown else { return whole(bytes) }
        let digits = (0..<3).map { UInt8(truncatingIfNeeded: held >> (8 * $0)) }
        let parts: [Part] = [.stored(0..<block + 1), .made(digits), .stored(start..<bytes.count), .made([0])]
        let isShort = stated > held && !isUnknown
        return RecordingLayout(parts: parts, missing: isShort ? lack(ofBytes: UInt64(stated - held)) : nil)
    }

    /// SPHERE (NIST): a header of text, a line each with a name, a type and a value.
    static func ofSPHERE(_ bytes: RecordingBytes) -> RecordingLayout? {
        guard bytes.has("NIST_1A\n", at: 0), let header = bytes.bytes(at: 0, min(1024, bytes.count)) else { return nil }
        let lines = String(decoding: header, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
        func text(_ name: String) -> Substring? { lines.first { $0.count == 3 && $0[0] == name }?[2] }
        func number(_ name: String) -> UInt64? { text(name).flatMap { UInt64($0) } }
        // A file that is packed is shorter than its samples.
        guard text("sample_coding")?.contains("embedded") != true, lines.count > 1, lines[1].count == 1,
            let start = UInt64(lines[1][0]), start < 1 << 32,
            let samples = number("sample_count"), samples < 0x7f00_0000,
            let channels = number("channel_count"), channels <= 64, let width = number("sample_n_bytes"), width <= 8
        else { return whole(bytes) }
        let (stated, held) = (start + samples * channels * width, UInt64(bytes.count))
        return stated > held ? whole(bytes, missing: lack(ofBytes: stated - held)) : whole(bytes)
    }

    /// Ogg: pages, each with a table of the lengths in it. The length of the whole stands nowhere.
    static func ofOgg(_ bytes: RecordingBytes) -> RecordingLayout? {
        guard bytes.has("OggS", at: 0) else { return nil }
        var place = 0
        while bytes.has("OggS", at: place) {
            let count = bytes.number(at: place + 26, bytes: 1, bigEndian: false).map { Int($0) }
            let table = count.flatMap { bytes.bytes(at: place + 27, $0) }
            guard let table, case let end = place + 27 + table.count + table.reduce(0, { $0 + Int($1) }),
                end <= bytes.count
            else { return whole(bytes, missing: "it ends within a page") }
            place = end
        }
        return whole(bytes)
    }
}
