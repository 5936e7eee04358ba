import Audio
import CSndfile
import Foundation
import Testing
import TestSupport

/// Lengths that headers state wrongly, and files that lack what theirs state.
struct StatedLengthTests {
    private let sound = tone(hertz: 440, samples: 16001)

    @Test(
        arguments: [
            0, 0x7f00_0000, 0x7fff_0000, 0x7fff_f000, 0x7fff_ffff, 0x8000_0000, 0xffff_f000, 0xffff_fffe, 0xffff_ffff,
        ] as [UInt32])
    func `a WAV file from a pipe is read to its end, whatever length it states`(stated: UInt32) throws {
        var bytes = Wave(encoding: .float32).bytes(sound)
        bytes.replaceSubrange(40..<44, with: little(stated))
        #expect(try read(bytes) == sound)
    }

    @Test(arguments: [1, 3])
    func `a length that is wrong by less than a sample loses none`(extra: UInt32) throws {
        var bytes = Wave(encoding: .float32).bytes(sound)
        bytes.replaceSubrange(40..<44, with: little(UInt32(sound.count * 4) + extra))
        #expect(try read(bytes) == sound)
        #expect(try read(Wave(encoding: .float32).bytes(sound).dropLast(Int(extra))) == Array(sound.dropLast()))
    }

    @Test(arguments: [1, 100, 12000])
    func `a length that is less than the samples that follow loses none of them`(stated: UInt32) throws {
        var bytes = Wave(encoding: .float32).bytes(sound)
        bytes.replaceSubrange(40..<44, with: little(stated * 4))
        #expect(try read(bytes) == sound)
    }

    @Test
    func `what follows the samples is no sound: chunks, with a pad byte and without, and zeros`() throws {
        let whole = Wave(encoding: .float32).bytes(sound)
        let note = Array("LIST".utf8) + little(5) + Array("hello".utf8)
        #expect(try read(whole + note) == sound)
        #expect(try read(whole + [UInt8](repeating: 0, count: 500)) == sound)
        // 8 bits: an odd number of bytes.
        var short = Array(whole[..<44])
        short.replaceSubrange(20..<22, with: [1, 0])
        short.replaceSubrange(28..<36, with: little(16000) + [1, 0, 8, 0])
        short.replaceSubrange(40..<44, with: little(15))
        short += [UInt8](repeating: 0xc0, count: 15)
        for end in [[], [0], note, [0] + note] as [[UInt8]] { #expect(try read(short + end).count == 15) }
    }

    @Test
    func `a chunk before the samples may lack its pad byte`() throws {
        let whole = Wave(encoding: .float32).bytes(sound)
        for pad in [[], [0]] as [[UInt8]] {
            let note = Array("LIST".utf8) + little(5) + Array("hello".utf8) + pad
            #expect(try read(whole[..<36] + note + whole[36...]) == sound)
        }
    }

    @Test
    func `a file without samples is empty still, and not what follows`() throws {
        let note = Array("LIST".utf8) + little(400) + [UInt8](repeating: 7, count: 400)
        #expect(failure(of: Wave().bytes([])) == .empty(file: "a"))
        #expect(failure(of: Wave().bytes([]) + note) == .empty(file: "a"))
    }

    static let containers: [(name: String, format: Int)] = [
        ("AIFF", Int(SF_FORMAT_AIFF) | Int(SF_FORMAT_PCM_16)), ("AIFF-C", Int(SF_FORMAT_AIFF) | Int(SF_FORMAT_ULAW)),
        ("AU", Int(SF_FORMAT_AU) | Int(SF_FORMAT_PCM_16)),
        ("little-endian AU", Int(SF_FORMAT_AU) | Int(SF_FORMAT_FLOAT) | Int(SF_ENDIAN_LITTLE)),
        ("RF64", Int(SF_FORMAT_RF64) | Int(SF_FORMAT_PCM_16)), ("W64", Int(SF_FORMAT_W64) | Int(SF_FORMAT_PCM_16)),
        ("RIFX", Int(SF_FORMAT_WAV) | Int(SF_FORMAT_PCM_16) | Int(SF_ENDIAN_BIG)),
        ("8SVX", Int(SF_FORMAT_SVX) | Int(SF_FORMAT_PCM_16)), ("WAV", Int(SF_FORMAT_WAV) | Int(SF_FORMAT_PCM_24)),
        ("WAV with ADPCM", Int(SF_FORMAT_WAV) | Int(SF_FORMAT_IMA_ADPCM)),
        ("CAF", Int(SF_FORMAT_CAF) | Int(SF_FORMAT_PCM_16)),
        ("little-endian CAF", Int(SF_FORMAT_CAF) | Int(SF_FORMAT_FLOAT) | Int(SF_ENDIAN_LITTLE)),
        ("VOC", Int(SF_FORMAT_VOC) | Int(SF_FORMAT_PCM_U8)),
        ("VOC of 16 bits", Int(SF_FORMAT_VOC) | Int(SF_FORMAT_PCM_16)),
        ("SPHERE", Int(SF_FORMAT_NIST) | Int(SF_FORMAT_PCM_16)),
        ("SPHERE with ulaw", Int(SF_FORMAT_NIST) | Int(SF_FORMAT_ULAW)),
    ]

    @Test(arguments: containers)
    func `half a file is damaged after the samples that it has, in any container`(name: String, format: Int) throws {
        let whole = try written(format: format)
        #expect(try abs(read(whole).count - sound.count) <= 505, "a block of ADPCM at most")
        guard case .truncated("a", let seconds, _) = failure(of: Array(whole.prefix(whole.count / 2))) else {
            Issue.record("half is taken for whole")
            return
        }
        // The header of CAF has 4 KiB.
        #expect(abs(seconds - 0.5) < 0.07, "\(seconds)")
    }

    @Test(arguments: [UInt64.max, 0, 1 << 62, 4])
    func `a CAF file from a pipe is read to its end, whatever length it states`(stated: UInt64) throws {
        var bytes = try written(format: Int(SF_FORMAT_CAF) | Int(SF_FORMAT_FLOAT))
        let place = try #require(bytes.firstRange(of: Array("data".utf8))).upperBound
        bytes.replaceSubrange(place..<place + 8, with: withUnsafeBytes(of: stated.bigEndian, Array.init))
        #expect(try read(bytes) == sound)
    }

    @Test(arguments: [Int(SF_FORMAT_PCM_U8), Int(SF_FORMAT_PCM_16)])
    func `a VOC file from a pipe, or without its last block, is read to its end`(encoding: Int) throws {
        let whole = try written(format: Int(SF_FORMAT_VOC) | encoding)
        let expected = try read(whole)
        // Of 8 bits, its rate is one of those that a byte can state.
        #expect(abs(expected.count - sound.count) < 200 && whole.last == 0, "\(expected.count)")
        for stated: [UInt8]? in [nil, [0, 0, 0], [0xff, 0xff, 0xff]] {
            for bytes in [whole, whole.dropLast()] as [[UInt8]] {
                var bytes = bytes
                if let stated { bytes.replaceSubrange(27..<30, with: stated) }
                let heard = try read(bytes)
                // Whether the last byte is one of a sample cannot be known where no length is.
                #expect(abs(heard.count - expected.count) <= 1 && heard.starts(with: expected.prefix(15_000)))
            }
        }
    }

    @Test func `a SPHERE file that states no length is read to its end, and a packed one is not called damaged`() throws
    {
        let whole = try written(format: Int(SF_FORMAT_NIST) | Int(SF_FORMAT_PCM_16))
        func with(_ line: String, for old: String) throws -> [UInt8] {
            let range = try #require(whole.firstRange(of: Array(old.utf8)))
            return whole[..<range.lowerBound] + Array(line.utf8) + whole[range.upperBound...]
        }
        #expect(try read(with("sample_counx", for: "sample_count")).count == sound.count)
        let packed = try with("sample_coding -s3 pcm,embedded-shorten-v2.00", for: "sample_coding -s3 pcm")
        guard case .notAudio = failure(of: Array(packed.prefix(9000))) else {
            Issue.record("\(String(describing: failure(of: Array(packed.prefix(9000)))))")
            return
        }
    }

    @Test(arguments: [SF_FORMAT_VORBIS, SF_FORMAT_OPUS])
    func `half an Ogg file is damaged there`(encoding: Int) throws {
        let whole = try written(format: Int(SF_FORMAT_OGG) | encoding)
        #expect(try abs(read(whole).count - sound.count) < 1000)
        for bytes in [whole.prefix(whole.count / 2), whole.dropLast()] {
            guard case .truncated = failure(of: Array(bytes)) else {
                Issue.record("\(bytes.count) of \(whole.count) are taken for whole")
                continue
            }
        }
    }

    @Test(arguments: [15989, 8193, 100])
    func `a recording is damaged after its samples, and not after a block of them`(kept: Int) throws {
        let whole = Wave().bytes(sound)
        guard case .truncated("a", let seconds, _) = failure(of: Array(whole.prefix(44 + 2 * kept))) else {
            Issue.record("half is taken for whole")
            return
        }
        #expect(seconds == Double(kept) / 16000)
    }

    @Test
    func `lengths beyond all measure are refused or read, and never trusted`() throws {
        let kinds = Self.containers.map(\.format)
        for format in kinds {
            let whole = try written(format: format).prefix(2000)
            // Each place of the header holds the largest number once.
            for place in 0..<min(160, whole.count - 8) {
                for width in [4, 8] {
                    var bytes = Array(whole)
                    for index in place..<place + width { bytes[index] = 0xff }
                    _ = failure(of: bytes)
                }
            }
        }
    }

    private func written(format: Int) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "sound").path
            try writeSound(sound, to: path, format: Int32(truncatingIfNeeded: format))
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        }
    }
}

func little(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.littleEndian, Array.init) }

/// All samples of a recording, the same from memory and from disk.
func read(_ bytes: some Collection<UInt8>) throws -> [Float] {
    let samples = try MonoReader(AudioFile(bytes: Array(bytes), name: "a")).readAll(longestSeconds: 60)
    try withTemporaryFolder { folder in
        let path = try folder.adding("a", Array(bytes))
        #expect(try MonoReader(path: path).readAll(longestSeconds: 60) == samples)
    }
    return samples
}

/// Why a recording cannot be read to its end; nil if it can.
func failure(of bytes: [UInt8]) -> AudioError? {
    do throws(AudioError) {
        _ = try MonoReader(AudioFile(bytes: bytes, name: "a")).readAll(longestSeconds: 60)
        return nil
    } catch {
        return error
    }
}
