import Realtime
import Testing
import Time

struct RingTests {
    /// Visits every capacity up to 8, every place the ring can stand at, and every fill.
    private func withEveryLayout(
        _ body: (_ label: String, _ ring: Ring<Int>, _ start: Int, _ fill: Int) throws -> Void
    ) rethrows {
        for capacity in 1...8 {
            for start in 0...(2 * capacity) {
                for fill in 0...capacity {
                    try body(
                        "capacity \(capacity), start \(start), fill \(fill)", Ring(capacity: capacity), start, fill)
                }
            }
        }
    }

    private func prepare(
        _ producer: inout Ring<Int>.Producer, _ consumer: inout Ring<Int>.Consumer, start: Int, fill: Int
    ) {
        for _ in 0..<start {
            #expect(producer.push(-1) == true)
            #expect(consumer.pop() == -1)
        }
        for value in 0..<fill { #expect(producer.push(value) == true) }
    }

    @Test func `elements come out once and in order, wherever the ring stands`() {
        withEveryLayout { label, ring, start, fill in
            var producer = ring.makeProducer()
            var consumer = ring.makeConsumer()
            prepare(&producer, &consumer, start: start, fill: fill)
            #expect(consumer.available() == fill, "\(label)")
            #expect(producer.space() == ring.capacity - fill, "\(label)")
            for value in 0..<fill { #expect(consumer.pop() == value, "\(label)") }
            #expect(consumer.pop() == nil, "\(label)")
            #expect(consumer.position == start + fill && producer.position == start + fill, "\(label)")
            #expect(ring.refused == 0, "\(label)")
        }
    }

    @Test func `a write takes what fits, refuses the rest and counts it`() {
        withEveryLayout { label, ring, start, fill in
            for size in 0...(ring.capacity + 2) {
                let ring = Ring<Int>(capacity: ring.capacity)
                var producer = ring.makeProducer()
                var consumer = ring.makeConsumer()
                prepare(&producer, &consumer, start: start, fill: fill)
                let written = (100..<(100 + size)).map { $0 }.withUnsafeBufferPointer { producer.write($0) }
                #expect(written == min(size, ring.capacity - fill), "\(label), size \(size)")
                #expect(ring.refused == size - written, "\(label), size \(size)")
                var output = [Int](repeating: 0, count: ring.capacity + 1)
                let count = output.withUnsafeMutableBufferPointer { consumer.read(into: $0) }
                let expected = Array(0..<fill) + (0..<written).map { 100 + $0 }
                #expect(Array(output[..<count]) == expected, "\(label), size \(size)")
            }
        }
    }

    @Test func `a read takes no more than is asked and leaves the rest`() {
        withEveryLayout { label, ring, start, fill in
            for size in 0...(ring.capacity + 1) {
                let ring = Ring<Int>(capacity: ring.capacity)
                var producer = ring.makeProducer()
                var consumer = ring.makeConsumer()
                prepare(&producer, &consumer, start: start, fill: fill)
                var output = [Int](repeating: -7, count: size)
                let count = output.withUnsafeMutableBufferPointer { consumer.read(into: $0) }
                #expect(count == min(size, fill), "\(label), size \(size)")
                #expect(output == (0..<size).map { $0 < count ? $0 : -7 }, "\(label), size \(size)")
                #expect(consumer.available() == fill - count, "\(label), size \(size)")
            }
        }
    }

    @Test func `a full ring keeps what it has and counts every refused push`() {
        withEveryLayout { label, ring, start, _ in
            var producer = ring.makeProducer()
            var consumer = ring.makeConsumer()
            prepare(&producer, &consumer, start: start, fill: ring.capacity)
            for refusal in 1...3 {
                #expect(producer.push(99) == false, "\(label)")
                #expect(ring.refused == refusal, "\(label)")
            }
            for value in 0..<ring.capacity { #expect(consumer.pop() == value, "\(label)") }
        }
    }

    @Test func `a handle that was given back can be claimed again and goes on where it stood`() {
        let ring = Ring<Int>(capacity: 3)
        do {
            var producer = ring.makeProducer()
            #expect(producer.push(1) && producer.push(2))
        }
        do {
            var consumer = ring.makeConsumer()
            #expect(consumer.pop() == 1)
        }
        var producer = ring.makeProducer()
        var consumer = ring.makeConsumer()
        #expect(producer.push(3) && producer.push(4) && !producer.push(5))
        #expect([consumer.pop(), consumer.pop(), consumer.pop(), consumer.pop()] == [2, 3, 4, nil])
    }

    @Test func `a second producer, a second consumer and an empty ring stop the program`() async {
        await #expect(processExitsWith: .failure) { _ = Ring<Int>(capacity: 0) }
        await #expect(processExitsWith: .failure) {
            let ring = Ring<Int>(capacity: 1)
            let first = ring.makeProducer()
            let second = ring.makeProducer()
            print(first.position, second.position)
        }
        await #expect(processExitsWith: .failure) {
            let ring = Ring<Int>(capacity: 1)
            let first = ring.makeConsumer()
            let second = ring.makeConsumer()
            print(first.position, second.position)
        }
    }

    @Test func `two threads pass a million numbers without losing or swapping one`() throws {
        let count = 1_000_000
        let ring = Ring<Int>(capacity: 61)
        let wakeup = Wakeup()
        let thread = try RealtimeThread(name: "producer") {
            var producer = ring.makeProducer()
            var next = 0
            while next < count {
                guard producer.space() > 0 else {
                    sleepBriefly()
                    continue
                }
                let size = min(1 + next % 23, count - next)
                next += (next..<(next + size)).map { $0 }.withUnsafeBufferPointer { producer.write($0) }
                wakeup.signal()
            }
        }
        var consumer = ring.makeConsumer()
        var buffer = [Int](repeating: 0, count: 19)
        var expected = 0
        var wrong = 0
        while expected < count {
            let received = buffer.withUnsafeMutableBufferPointer { consumer.read(into: $0) }
            for index in 0..<received {
                if buffer[index] != expected { wrong += 1 }
                expected += 1
            }
            if received == 0 { try #require(wakeup.wait(timeout: .seconds(20)), "no wakeup at \(expected)") }
        }
        #expect(wrong == 0)
        #expect(consumer.pop() == nil)
        #expect(thread.join(timeout: .seconds(10)))
    }
}

private func sleepBriefly() { MonotonicClock.sleep(nanoseconds: 1_000) }
