import Glibc
import Time

/// Where in a recording something is said: frames of 10 ms that are loud against the recording's floor and its peak.
package struct SpokenSpan: Sendable, Equatable {
    /// The word around the loudest frame, in samples.
    package let samples: Range<Int>
    /// Other parts that are nearly as loud, with more than a pause between: further words.
    package let others: Int
    /// Level of the word, and of the tenth part of the recording that is quietest, in dB relative to full scale.
    package let levelDB: Float
    package let floorDB: Float

    private static let frameSamples = SampleRate.perSecond / 100
    /// A frame is loud over the higher of these: under the peak, and over the floor, in dB.
    private static let underPeakDB: Float = 30
    private static let overFloorDB: Float = 8
    /// Pauses up to 250 ms belong to a word: the closure of a stop, the gap in "hey pantry".
    private static let pauseFrames = 25
    /// Another part counts as a word if it is this long, and this near to the peak.
    private static let wordFrames = 12
    private static let otherUnderPeakDB: Float = 15

    /// Nil where nothing stands out by 12 dB.
    package init?(in samples: [Float]) {
        let count = samples.count / Self.frameSamples
        guard count >= 5 else { return nil }
        let raw = (0..<count).map { frame -> Float in
            var sum: Float = 0
            for sample in samples[frame * Self.frameSamples..<(frame + 1) * Self.frameSamples] {
                sum += sample * sample
            }
            return sum / Float(Self.frameSamples)
        }
        let levels = raw.indices.map { frame in
            let near = raw[max(0, frame - 1)...min(count - 1, frame + 1)]
            return 10 * log10f(near.reduce(0, +) / Float(near.count) + 1e-10)
        }
        let peak = levels.indices.max { levels[$0] < levels[$1] } ?? 0
        floorDB = levels.sorted()[count / 10]
        guard levels[peak] - floorDB >= 12 else { return nil }
        let edge = max(levels[peak] - Self.underPeakDB, floorDB + Self.overFloorDB)
        var runs: [Range<Int>] = []
        for frame in levels.indices where levels[frame] > edge {
            if let last = runs.last, frame - last.upperBound < Self.pauseFrames {
                runs[runs.count - 1] = last.lowerBound..<frame + 1
            } else {
                runs.append(frame..<frame + 1)
            }
        }
        guard let word = runs.first(where: { $0.contains(peak) }) else { return nil }
        others =
            runs.filter { run in
                run != word && run.count >= Self.wordFrames
                    && levels[run].max() ?? -.infinity > levels[peak] - Self.otherUnderPeakDB
            }.count
        self.samples = word.lowerBound * Self.frameSamples..<word.upperBound * Self.frameSamples
        levelDB = 10 * log10f(raw[word].reduce(0, +) / Float(word.count) + 1e-10)
    }

    package var seconds: Double { Double(samples.count) / Double(SampleRate.perSecond) }
}
