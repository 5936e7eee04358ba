import Realtime

/// The listening thread's side of the stream. One thread at a time; allocates nothing.
public struct CaptureReader: ~Copyable, Sendable {
    private var samples: SampleRing.Consumer
    private var gaps: Ring<Gap>.Consumer
    private var anchors: Ring<Anchor>.Consumer
    private var next: Gap?
    private var anchor: Anchor?

    package init(samples: SampleRing, gaps: Ring<Gap>, anchors: Ring<Anchor>) {
        self.samples = samples.makeConsumer()
        self.gaps = gaps.makeConsumer()
        self.anchors = anchors.makeConsumer()
    }

    /// When a sample was recorded, by the clock that goes on while the machine is suspended; nil before there was one.
    ///
    /// - Parameter position: of the sample, counted from the first one, those lost included. Near what was just read.
    public func nanoseconds(at position: Double) -> Int64? { anchor?.nanoseconds(at: position) }

    /// How many samples have been read: the position of the next one.
    public var position: Int { samples.position }

    /// How many samples can be read now; the capture thread can only make it more.
    public mutating func available() -> Int { samples.available() }

    /// Moves samples to the beginning of `buffer`, in order and never across a gap.
    ///
    /// - Returns: how many samples (0 when there are none now: sleep on the wakeup), and the gap directly before them, if
    ///   there is one: whatever remembers earlier samples starts anew there.
    public mutating func read(into buffer: UnsafeMutableBufferPointer<Float>) -> (count: Int, gap: Gap?) {
        while let newer = anchors.pop() { anchor = newer }
        // First what is there, then the marks: those before any of these samples are visible by then.
        var limit = min(samples.available(), buffer.count)
        guard limit > 0 else { return (0, nil) }
        if next == nil { next = gaps.pop() }
        var passed: Gap?
        if let mark = next, mark.position == samples.position {
            passed = mark
            next = gaps.pop()
        }
        if let mark = next { limit = min(limit, mark.position - samples.position) }
        return (samples.read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<limit])), passed)
    }
}
