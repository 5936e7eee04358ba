import Spotting
import Time

/// One stream of sound on its way to words: its level, the last seconds of it, the spotter, and what is counted on the way.
/// It has no thread and waits for nothing: whoever has samples gives them to it, the listening thread those of the microphone,
/// a server those of each of its clients.
///
/// One thread at a time; allocates in `init` only. What is counted and kept, any thread may read.
package final class Ear {
    /// What hears; another may take its place between two pieces.
    package var spotter: Spotter
    package let counters = FlowCounters()
    /// The last seconds of what was heard.
    package let history: SampleHistory
    private var level = LevelMeter()

    package init(_ spotter: Spotter, history: SampleHistory = SampleHistory(capacity: 0)) {
        (self.spotter, self.history) = (spotter, history)
    }

    /// Hears the next samples, and calls `body` for each word that they complete; see `Spotter.reportsAsides`.
    ///
    /// - Parameter samples: mono, at the rate of `SampleRate`, -1 to 1, any number of them.
    package func hear(_ samples: UnsafeBufferPointer<Float>, _ body: (Detection) -> Void) {
        level.add(samples)
        counters.note(level)
        history.append(samples, at: spotter.samples)
        let before = (frames: spotter.frames, windows: spotter.windows)
        spotter.process(samples, body)
        let windows = spotter.windows - before.windows
        counters.samples.advance(to: spotter.samples)
        counters.frames.advance(by: spotter.frames - before.frames)
        counters.inferences.advance(by: windows)
        if windows > 0 { counters.addProcessing(seconds: spotter.processingSeconds, inferences: windows) }
    }

    /// Goes on after a gap: the stream begins anew, as if silence had come before.
    ///
    /// - Parameter isLate: whether it was lost because a thread of ours came too late.
    package func skip(lostSamples: UInt64, isLate: Bool = false) {
        spotter.skip(lostSamples: lostSamples)
        counters.countGap(lostSamples: lostSamples, isLate: isLate)
    }

    /// From here on another device is heard: what was usual for the one before says nothing about it.
    package func changeSource() { level.forgetSilence() }
}
