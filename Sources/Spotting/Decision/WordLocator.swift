import Glibc

/// Finds where in the latest window a word lies: the attention says about where, the level says from when to when.
///
/// One thread; no allocation after `init`.
package struct WordLocator {
    private let frames: Int
    /// Mean square of each frame, in dB: a ring of the last `frames`.
    private var levels: [Float]
    private var smoothed: [Float]
    /// How many frames have which level, in decibels above silence.
    private var counts = [Int](repeating: 0, count: 128)
    private var next = 0

    /// Pauses within a word, the closure of a stop for instance, are bridged up to this many frames (120 ms).
    private static let bridgedFrames = 12
    /// An edge is where the level has fallen this part of the way from the word's peak to the window's noise, in dB.
    private static let edgeFall: Float = 0.7
    private static let silenceDB: Float = -120

    package init(frames: Int) {
        self.frames = frames
        levels = Array(repeating: Self.silenceDB, count: frames)
        smoothed = levels
    }

    /// As if only silence had come.
    mutating func reset() { for frame in 0..<frames { levels[frame] = Self.silenceDB } }

    package mutating func append(meanSquare: Float) {
        levels[next] = meanSquare > 1e-12 ? 10 * log10f(meanSquare) : Self.silenceDB
        next = (next + 1) % frames
    }

    /// - Parameters:
    ///   - centre: the frame of the window, from its start, around which the word is sought.
    ///   - reach: how far from there its loudest frame may be.
    /// - Returns: first and last frame of the word, counted from the window's start, and its level in dB full scale.
    package mutating func locate(centre: Int, reach: Int) -> (first: Int, last: Int, levelDB: Float) {
        smooth()
        var peak = min(max(centre, 0), frames - 1)
        for frame in max(0, centre - reach)..<min(frames, centre + reach + 1) where smoothed[frame] > smoothed[peak] {
            peak = frame
        }
        let edge = smoothed[peak] - Self.edgeFall * (smoothed[peak] - noiseLevel())
        let first = extend(from: peak, by: -1, above: edge)
        let last = extend(from: peak, by: 1, above: edge)
        var energy: Float = 0
        for frame in first...last { energy += powf(10, level(frame) / 10) }
        return (first, last, 10 * log10f(max(energy / Float(last - first + 1), 1e-12)))
    }

    private func level(_ frame: Int) -> Float { levels[(next + frame) % frames] }

    private mutating func smooth() {
        for frame in 0..<frames {
            let before = level(max(frame - 1, 0))
            let after = level(min(frame + 1, frames - 1))
            smoothed[frame] = (before + level(frame) + after) / 3
        }
    }

    /// The tenth percentile of the window's levels.
    private mutating func noiseLevel() -> Float {
        // By counting levels of one decibel: sorting would allocate.
        for index in counts.indices { counts[index] = 0 }
        for frame in 0..<frames { counts[min(max(Int(smoothed[frame] - Self.silenceDB), 0), counts.count - 1)] += 1 }
        var quieter = 0
        for (index, count) in counts.enumerated() {
            quieter += count
            if quieter > frames / 10 { return Self.silenceDB + Float(index) }
        }
        return Self.silenceDB
    }

    private func extend(from peak: Int, by direction: Int, above edge: Float) -> Int {
        var end = peak
        var frame = peak + direction
        while frame >= 0, frame < frames, abs(frame - end) <= Self.bridgedFrames {
            if smoothed[frame] >= edge { end = frame }
            frame += direction
        }
        return end
    }
}
