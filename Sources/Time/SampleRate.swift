/// The rate at which everything is heard, mono: positions and lengths without another unit are samples at this rate.
public enum SampleRate {
    /// Samples a second.
    @inlinable public static var perSecond: Int { 16_000 }
    @inlinable public static var perMillisecond: Int { 16 }

    /// How long so many samples last.
    @inlinable public static func seconds(_ samples: some BinaryInteger) -> Double {
        Double(samples) / Double(perSecond)
    }

    /// How many samples last so long, rounded down.
    @inlinable public static func samples(seconds: Double) -> Int { Int(seconds * Double(perSecond)) }

    @inlinable public static func milliseconds(_ samples: some BinaryInteger) -> Double {
        Double(samples) / Double(perMillisecond)
    }
}
