import Realtime
import Synchronization
import Time

/// Two threads and a ring, for the thread sanitizer:
///
///     swift build -c release --sanitize thread --product ring-stress --scratch-path .build-tsan
///     .build-tsan/release/ring-stress
///
/// In release, because unoptimised generic code copies elements inside the runtime, where the sanitizer does not look.
///
/// The producer counts upwards through rings of several capacities, in pieces of every size; the consumer, which
/// sleeps on the wakeup, must see every number once and in order. Exit code 0, or a stop with what was wrong.
@main
struct RingStress {
    static func main() throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50_000
        for capacity in [1, 2, 3, 7, 64, 1000] {
            try pass(count, through: Ring<Int>(capacity: capacity), isWoken: true)
            try pass(count, through: Ring<Int>(capacity: capacity), isWoken: false)
        }
        print("passed \(count) numbers through rings of 6 capacities, woken and not")
    }

    /// Not woken, the threads look again after a nap: the sanitizer takes a wakeup's system calls for a synchronisation of their
    /// own, which would hide a ring that has none.
    static func pass(_ count: Int, through ring: Ring<Int>, isWoken: Bool) throws {
        let filled = Wakeup()
        let drained = Wakeup()
        let producerThread = try RealtimeThread(name: "producer") {
            var producer = ring.makeProducer()
            var numbers = [Int](repeating: 0, count: 17)
            var next = 0
            while next < count {
                let size = min(1 + next % 17, count - next)
                for index in 0..<size { numbers[index] = next + index }
                let written =
                    size == 1
                    ? (producer.push(next) ? 1 : 0)
                    : numbers.withUnsafeBufferPointer { producer.write(UnsafeBufferPointer(rebasing: $0[..<size])) }
                next += written
                if isWoken { filled.signal() }
                if written < size { sleep(on: isWoken ? drained : nil) }
            }
        }
        let consumerThread = try RealtimeThread(name: "consumer") {
            var consumer = ring.makeConsumer()
            let buffer = UnsafeMutableBufferPointer<Int>.allocate(capacity: 13)
            defer { buffer.deallocate() }
            var expected = 0
            while expected < count {
                let size = 1 + expected % 13
                var received = 0
                if size == 1 {
                    if let number = consumer.pop() {
                        buffer[0] = number
                        received = 1
                    }
                } else {
                    received = consumer.read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<size]))
                }
                for index in 0..<received {
                    precondition(buffer[index] == expected, "\(buffer[index]) where \(expected) was due")
                    expected += 1
                }
                if isWoken { drained.signal() }
                if received == 0 { sleep(on: isWoken ? filled : nil) }
            }
        }
        precondition(producerThread.join(timeout: .seconds(120)), "the producer does not end")
        precondition(consumerThread.join(timeout: .seconds(120)), "the consumer does not end")
    }

    static func sleep(on wakeup: Wakeup?) {
        if let wakeup {
            precondition(wakeup.wait(timeout: .seconds(10)), "no wakeup in 10 s")
        } else {
            MonotonicClock.sleep(nanoseconds: 1_000)
        }
    }
}
