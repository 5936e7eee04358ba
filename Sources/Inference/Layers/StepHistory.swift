/// The steps of one layer's input that its convolution still needs: a short queue of vectors in one piece of memory.
final class StepHistory {
    let channels: Int
    private let buffer: FloatBuffer
    private(set) var count = 0

    /// - Parameter capacity: the most steps it ever holds.
    init(channels: Int, capacity: Int) {
        self.channels = channels
        buffer = FloatBuffer(count: channels * capacity)
    }

    /// The oldest step; the others follow it in order.
    var base: UnsafePointer<Float> { UnsafePointer(buffer.base) }

    /// Makes room for more steps at the end and returns where to write them.
    func append(_ steps: Int) -> UnsafeMutablePointer<Float> {
        precondition((count + steps) * channels <= buffer.count, "more steps than this layer was made for")
        defer { count += steps }
        return buffer.base + count * channels
    }

    /// Drops the oldest steps.
    func drop(_ steps: Int) {
        count -= steps
        buffer.base.update(from: buffer.base + steps * channels, count: count * channels)
    }

    func removeAll() { count = 0 }

    func save(to snapshot: inout StreamSnapshot) {
        snapshot.add(count)
        snapshot.add(FloatBuffer.Reference(start: buffer.base, count: count * channels))
    }

    func restore(from snapshot: inout StreamSnapshot.Reader) {
        count = snapshot.readCount()
        snapshot.read(into: FloatBuffer.Reference(start: buffer.base, count: count * channels))
    }
}
