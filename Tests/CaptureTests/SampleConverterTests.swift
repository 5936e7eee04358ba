import Capture
import Glibc
import Testing

struct SampleConverterTests {
    private func convert<Value: BitwiseCopyable>(
        _ values: [Value], _ format: SampleFormat, channels: Int = 1, channel: ChannelPolicy = .mix
    ) -> [Float] {
        let bytes = values.withUnsafeBytes { Array($0) }
        let count = bytes.count / format.bytes / channels
        var output = [Float](repeating: .nan, count: count)
        let converter = SampleConverter(
            format: format, channels: channels, channel: channel, rate: 16_000, capacity: count)
        bytes.withUnsafeBytes { source in
            output.withUnsafeMutableBufferPointer { converter.convert(source.baseAddress!, count: count, into: $0) }
        }
        return output
    }

    @Test func `integers become exact fractions of their full scale`() {
        let least: Float = 1 / 32_768
        #expect(convert([Int16.min, -1, 0, 1, .max], .s16) == [-1, -least, 0, least, 1 - least])
        let quarters: [Int32] = [.min, 0, 1 << 30]
        #expect(convert(quarters, .s32) == [-1, 0, 0.5])
        let step: Float = 1 / 8_388_608
        let inFourBytes: [Int32] = [-8_388_608, 8_388_607, -1]
        #expect(convert(inFourBytes, .s24) == [-1, 1 - step, -step])
    }

    @Test func `the unused byte of a 24-bit sample does not matter`() {
        let bits: [UInt32] = [0xAB_40_00_00, 0x5A_C0_00_00]
        #expect(convert(bits, .s24) == [0.5, -0.5])
    }

    @Test func `packed 24-bit samples are read at every alignment`() {
        let bytes: [UInt8] = [0, 0, 0x40, 0, 0, 0xC0, 0xFF, 0xFF, 0xFF, 1, 0, 0]
        let step: Float = 1 / 8_388_608
        #expect(convert(bytes, .s24Packed) == [0.5, -0.5, -step, step])
    }

    @Test func `what is not a number becomes silence, and what is too loud full scale`() {
        let wild: [Float] = [.nan, .infinity, -.infinity, 0.25, 3, -1e30]
        #expect(convert(wild, .float32) == [0, 0, 0, 0.25, 1, -1])
    }

    @Test func `a channel is picked and channels are averaged`() {
        let stereo: [Int16] = [16_384, 8_192, 8_192, 0]
        #expect(convert(stereo, .s16, channels: 2, channel: .channel(0)) == [0.5, 0.25])
        #expect(convert(stereo, .s16, channels: 2, channel: .channel(1)) == [0.25, 0])
        #expect(convert(stereo, .s16, channels: 2, channel: .mix) == [0.375, 0.125])
        let halfBroken: [Float] = [.nan, 0.5]
        #expect(convert(halfBroken, .float32, channels: 2) == [0.25])
    }

    @Test(arguments: SampleFormat.allCases)
    func `opposite channels do not cancel, in any format`(format: SampleFormat) {
        let tone = (0..<1_600).map { sin(2 * .pi * 440 * Double($0) / 16_000) * 0.25 }
        let stereo = tone.flatMap { [$0, -$0] }
        let mixed =
            switch format {
            case .s16: convert(stereo.map { Int16($0 * 32_767) }, format, channels: 2)
            case .s32: convert(stereo.map { Int32($0 * 2_147_483_647) }, format, channels: 2)
            case .s24: convert(stereo.map { Int32($0 * 8_388_607) }, format, channels: 2)
            case .s24Packed:
                convert(
                    stereo.flatMap { value in withUnsafeBytes(of: Int32(value * 8_388_607)) { Array($0.prefix(3)) } },
                    format, channels: 2)
            case .float32: convert(stereo.map { Float($0) }, format, channels: 2)
            }
        #expect(zip(mixed, tone).allSatisfy { abs(Double($0) - $1) < 1e-3 })
    }

    @Test func `a channel without sound is told apart from a device without sound`() {
        let converter = SampleConverter(
            format: .float32, channels: 2, channel: .channel(1), rate: 16_000, capacity: 160)
        var output = [Float](repeating: 0, count: 160)
        func convert(_ left: Float, _ right: Float) -> Bool {
            let samples = (0..<160).flatMap { _ in [left, right] }
            output.withUnsafeMutableBufferPointer { converter.convert(samples, count: 160, into: $0) }
            return converter.isBesideSound
        }
        #expect(!convert(0, 0))
        #expect(convert(0.1, 0))
        #expect(convert(0, 0), "a pause")
        #expect(!convert(0.1, 0.1))
    }
}
