/// Which sample of a stream was recorded when: from it, the time of every sample near it follows.
package struct Anchor: BitwiseCopyable {
    /// Samples since the stream began, those lost included.
    package let position: Int
    /// When the last of them was recorded, by the clock that goes on while the machine is suspended.
    package let nanoseconds: Int64
    /// How long the device takes for a sample, by its own measured clock.
    package let nanosecondsPerSample: Double

    package init(position: Int, nanoseconds: Int64, nanosecondsPerSample: Double) {
        self.position = position
        self.nanoseconds = nanoseconds
        self.nanosecondsPerSample = nanosecondsPerSample
    }

    /// When another sample was recorded.
    package func nanoseconds(at other: Double) -> Int64 {
        nanoseconds + Int64((other - Double(position)) * nanosecondsPerSample)
    }
}
