import Audio
import CSndfile
import Foundation
import Testing
import TestSupport

/// MP3 files, which state their length in a Xing header or not at all.
struct MP3Tests {
    /// With its Xing header, and without.
    private let whole: [UInt8]
    private let bare: [UInt8]
    private let samples = 128_000

    init() throws {
        // Silence, then noise: bit rates far apart, so that a length that is estimated by the first frame is far off.
        whole = try Self.mp3([Float](repeating: 0, count: 64000) + noise(samples: 64000, amplitude: 0.5))
        bare = Array(whole.dropFirst(Self.frameBytes(whole)))
    }

    @Test
    func `a Xing header that is true is taken at its word`() throws {
        #expect(try read(whole).count == samples)
    }

    @Test(arguments: [true, false])
    func `a file without a Xing header is read to its end, whether it begins quietly or loudly`(quiet: Bool) throws {
        let parts = [[Float](repeating: 0, count: 64000), noise(samples: 64000, amplitude: 0.5)]
        let mp3 = try Self.mp3(quiet ? parts[0] + parts[1] : parts[1] + parts[0])
        let heard = try read(mp3.dropFirst(Self.frameBytes(mp3)))
        // The decoder's delay is heard too.
        #expect(heard.count >= samples && heard.count < samples + 3000)
        let loud = quiet ? heard.suffix(60000) : heard.prefix(60000)
        #expect(loud.reduce(0) { $0 + $1 * $1 } > 100)
    }

    @Test
    func `tags before and after are no sound and cost none`() throws {
        for (file, name) in [(whole, "whole"), (bare, "bare")] {
            let expected = try read(file)
            let pictured = Self.id3(bytes: 150_000)
            let tagged = [
                pictured + file, pictured + pictured + file, pictured + [UInt8](repeating: 0, count: 4096) + file,
                file + Self.ape(bytes: 5000), file + Self.ape(bytes: 100_000) + Self.id3v1, file + Self.id3v1,
                Self.ape(bytes: 5000) + file, file + [UInt8](repeating: 0, count: 5000),
                pictured + file + Self.ape(bytes: 90_000) + Self.id3v1,
            ]
            for (index, bytes) in tagged.enumerated() { #expect(try read(bytes) == expected, "\(name), \(index)") }
        }
    }

    @Test
    func `two files that were put together are read to the end of the second`() throws {
        for file in [whole, bare] {
            for between in [[], Self.id3v1 + Self.id3(bytes: 70_000), Self.ape(bytes: 5000)] {
                let heard = try read(file + between + file)
                #expect(heard.count > 2 * samples && heard.count < 2 * samples + 6000)
            }
        }
    }

    @Test
    func `half a file whose Xing header states more is damaged there`() throws {
        let half = Array(whole.prefix(whole.count / 2))
        for bytes in [half, Self.id3(bytes: 150_000) + half, half + Self.id3v1] {
            guard case .truncated("a", let seconds, let reason) = failure(of: bytes) else {
                Issue.record("half is taken for whole")
                continue
            }
            #expect(seconds > 4 && seconds < 7)
            #expect(reason.contains("frames"))
        }
    }

    @Test
    func `a file without a Xing header that ends within a frame is damaged there`() throws {
        // Frames are longer than this, so that one cut at most falls between two of them.
        let cuts = bare.count / 2..<bare.count / 2 + 40
        let told = cuts.filter { failure(of: Array(bare.prefix($0))) != nil }
        #expect(told.count >= cuts.count - 1)
        guard case .truncated("a", let seconds, let reason) = failure(of: Array(bare.prefix(told[0]))) else {
            Issue.record("\(String(describing: failure(of: Array(bare.prefix(told[0])))))")
            return
        }
        #expect(seconds > 4 && seconds < 7 && reason == "it ends within a frame")
        // The same where a header states no more than there is.
        guard case .truncated = failure(of: Array(whole.dropLast(10))) else {
            Issue.record("a last frame that is not whole is taken for one")
            return
        }
    }

    private static func mp3(_ samples: [Float]) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "sound.mp3").path
            try writeSound(samples, to: path, format: Int32(SF_FORMAT_MPEG) | Int32(SF_FORMAT_MPEG_LAYER_III))
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        }
    }

    /// The length of the first frame, of MPEG-2 layer III at 16 kHz.
    private static func frameBytes(_ bytes: [UInt8]) -> Int {
        let kilobits = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][Int(bytes[2] >> 4)]
        return 72 * kilobits / 16 + Int(bytes[2] >> 1 & 1)
    }

    /// A picture in a tag: no byte of it looks like a frame.
    private static func id3(bytes count: Int) -> [UInt8] {
        let size = [21, 14, 7, 0].map { UInt8(count >> $0 & 0x7f) }
        return Array("ID3".utf8) + [4, 0, 0] + size + [UInt8](repeating: 0x55, count: count)
    }

    private static let id3v1 = Array("TAG".utf8) + [UInt8](repeating: 0x20, count: 125)

    /// An APE tag with header and footer.
    private static func ape(bytes count: Int) -> [UInt8] {
        func edge(_ flags: UInt32) -> [UInt8] {
            Array("APETAGEX".utf8) + little(2000) + little(UInt32(count + 32)) + little(1) + little(flags)
                + [UInt8](repeating: 0, count: 8)
        }
        return edge(0xa000_0000) + [UInt8](repeating: 0x55, count: count) + edge(0x8000_0000)
    }
}
