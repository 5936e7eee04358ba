/// A fixed block of floats on the heap, zeroed at the start and freed with its owner. Its address never changes, so
/// that the listening thread can work on raw memory without a bounds check or an allocation per step.
struct FloatBuffer: ~Copyable {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        self.count = count
        base = .allocate(capacity: count)
        base.initialize(repeating: 0, count: count)
    }

    init(_ values: [Float]) {
        self.init(count: values.count)
        for (index, value) in values.enumerated() { base[index] = value }
    }

    /// The same memory, as long as the owner lives.
    typealias Reference = UnsafeMutableBufferPointer<Float>
    var reference: Reference { Reference(start: base, count: count) }

    func zero() { base.update(repeating: 0, count: count) }

    deinit { base.deallocate() }
}
