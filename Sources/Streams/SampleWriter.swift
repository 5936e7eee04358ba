import Realtime

/// The source's side of a stream: samples, and marks for those that are missing.
///
/// A mark is in its ring before the first sample after the gap is in the other, so a reader that can see the sample
/// can see the mark. While a mark finds no room, samples are refused: rather more lost than a gap unmarked.
///
/// One thread at a time; allocates nothing.
package struct SampleWriter: ~Copyable {
    private var samples: SampleRing.Producer
    private var gaps: Ring<Gap>.Producer
    private var lost = 0
    private var cause: Gap.Cause?

    /// Gaps that were marked, and the samples missing in them.
    package private(set) var markedGaps = 0
    package private(set) var lostSamples = 0

    package init(samples: SampleRing, gaps: Ring<Gap>) {
        self.samples = samples.makeProducer()
        self.gaps = gaps.makeProducer()
    }

    /// Writes what fits; the rest is lost, counted, and marked before the next samples.
    package mutating func write(_ period: UnsafeBufferPointer<Float>) {
        if let cause {
            // After a loss it waits for a whole period's room: a reader that frees a few samples at a time would
            // otherwise make a gap of every period.
            let mark = Gap(position: samples.position, lostSamples: lost, cause: cause)
            guard samples.space() >= period.count, gaps.push(mark) else {
                samples.refuse(period.count)
                return lose(period.count, .refused)
            }
            markedGaps += 1
            lostSamples += lost
            self.cause = nil
            lost = 0
        }
        let written = samples.write(period)
        if written < period.count { lose(period.count - written, .refused) }
    }

    /// Notes that samples are missing between the last one written and the next.
    package mutating func lose(_ count: Int, _ cause: Gap.Cause) {
        lost += count
        if self.cause == nil { self.cause = cause }
    }
}
