/// What a ``NetworkStream`` remembers of its stream at one moment, for others of the same network to go on from there.
public struct StreamSnapshot: Sendable {
    /// The contents of all its memory, one after the other.
    private var values: [Float] = []
    private var counts: [Int] = []

    mutating func add(_ buffer: FloatBuffer.Reference) { values += buffer }

    mutating func add(_ count: Int) { counts.append(count) }

    /// Gives back what was added, in the same order. Allocates nothing.
    struct Reader: ~Copyable {
        private let snapshot: StreamSnapshot
        private var value = 0
        private var count = 0

        init(_ snapshot: StreamSnapshot) { self.snapshot = snapshot }

        mutating func read(into buffer: FloatBuffer.Reference) {
            let first = value
            value += buffer.count
            guard let target = buffer.baseAddress else { return }
            precondition(value <= snapshot.values.count, "a snapshot of another network")
            snapshot.values.withUnsafeBufferPointer {
                target.update(from: $0.baseAddress! + first, count: buffer.count)
            }
        }

        mutating func readCount() -> Int {
            defer { count += 1 }
            return snapshot.counts[count]
        }
    }
}
