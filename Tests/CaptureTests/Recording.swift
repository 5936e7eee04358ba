import Capture
import Glibc
import Streams
import Testing

/// What a test has read from a capturer: samples, and the gaps between them.
struct Recording {
    var samples: [Float] = []
    var gaps: [Gap] = []

    /// Reads until `isEnough` says so or the capture ends; false after `timeout`.
    mutating func read(
        _ stream: SampleStream, of capturer: Capturer, timeout: Duration = .seconds(15),
        until isEnough: (Recording) -> Bool
    ) -> Bool {
        let deadline = ContinuousClock.now + timeout
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 997)
        defer { buffer.deallocate() }
        while ContinuousClock.now < deadline {
            let (count, gap) = stream.read(into: buffer)
            samples += buffer[..<count]
            if let gap {
                #expect(gap.position == samples.count - count, "a gap is given with the samples after it")
                gaps.append(gap)
            }
            if isEnough(self) || count == 0 && capturer.end != nil { return true }
            if count == 0 { _ = capturer.wakeup.wait(timeout: .milliseconds(200)) }
        }
        return false
    }
}

/// Sound that tells its position: every 16-bit value once, in an order that no mistake would produce.
enum Ramp {
    static func value(at position: Int) -> Int16 { Int16(truncatingIfNeeded: position &* 7919) }

    static func float(at position: Int) -> Float { Float(value(at: position)) / 32_768 }

    /// `count` samples of `channels` interleaved channels, S16; channel c runs c * 1000 samples ahead.
    static func bytes(_ count: Int, channels: Int = 1) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * count * channels)
        for position in 0..<count {
            for channel in 0..<channels {
                let bits = UInt16(bitPattern: value(at: position + channel * 1_000))
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            }
        }
        return bytes
    }
}

/// Waits until something is so that no event tells; false after `timeout`.
func eventually(within timeout: Duration = .seconds(30), _ isSo: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + timeout
    while !isSo() {
        guard ContinuousClock.now < deadline else { return false }
        usleep(5_000)
    }
    return true
}
