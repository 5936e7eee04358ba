import Audio
import Testing

struct ForeignFormatTests {
    @Test func `what telephones and browsers write is known by its first bytes`() {
        func format(_ bytes: [UInt8]) -> ForeignFormat? { ForeignFormat(bytes) }
        #expect(format([0, 0, 0, 0x1C] + Array("ftypM4A ".utf8)) == .mpeg4)
        #expect(format([0x1A, 0x45, 0xDF, 0xA3, 1]) == .webM)
        #expect(format([0xFF, 0xF1, 0x50]) == .aac)
        #expect(format([0xFF, 0xF9, 0x50]) == .aac)
        #expect(format(Array("#!AMR-WB\n".utf8)) == .amr)
        #expect(format([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6]) == .windowsMedia)
    }

    @Test func `what is read, and what is nothing, is none of them`() {
        for bytes in [
            [], [0xFF], Array("RIFF\0\0\0\0WAVE".utf8), Array("OggS".utf8), Array("fLaC".utf8), Array("ID3".utf8),
            [0xFF, 0xFB, 0x90], [0xFF, 0xF3], [0xFF, 0xFD], Array("ftyp".utf8), [0x1A, 0x45],
        ] as [[UInt8]] {
            #expect(ForeignFormat(bytes) == nil)
        }
    }
}
