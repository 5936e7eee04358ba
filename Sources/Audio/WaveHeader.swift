import Time

/// The 44 bytes before the samples of a WAV file: 16 bits, mono, 16,000 samples a second.
public enum WaveHeader {
    /// - Parameter samples: nil for an unknown length: then the longest, as players of streams expect it.
    public static func bytes(samples: Int?) -> [UInt8] {
        let count = samples.map { UInt32($0 * 2) } ?? .max - 36
        var bytes: [UInt8] = []
        func add(_ text: String) { bytes += Array(text.utf8) }
        func add<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }
        add("RIFF")
        add(count + 36)
        add("WAVEfmt ")
        add(UInt32(16))
        add(UInt16(1))
        add(UInt16(1))
        add(UInt32(SampleRate.perSecond))
        add(UInt32(32000))
        add(UInt16(2))
        add(UInt16(16))
        add("data")
        add(count)
        return bytes
    }
}
