import Realtime
import Synchronization
import Testing
import Time

@Suite(.timeLimit(.minutes(1)))
struct BackgroundWriterTests {
    /// A place that takes nothing until it is opened.
    private final class Place: Sendable {
        let taken = Mutex<[(item: Int, lost: Int)]>([])
        private let isOpen = Atomic<Bool>(false)
        private let reached = Atomic<Bool>(false)

        func open() { isOpen.store(true, ordering: .releasing) }

        func take(_ item: Int, _ lost: Int) {
            reached.store(true, ordering: .releasing)
            while !isOpen.load(ordering: .acquiring) { MonotonicClock.sleep(nanoseconds: 1_000_000) }
            taken.withLock { $0.append((item, lost)) }
        }

        func waitUntilReached() {
            while !reached.load(ordering: .acquiring) { MonotonicClock.sleep(nanoseconds: 1_000_000) }
        }
    }

    @Test func `items arrive in order, and all of them have arrived after a flush`() {
        let place = Place()
        place.open()
        let writer = BackgroundWriter<Int>(name: "test", capacity: 1000) { place.take($0, $1) }
        for item in 0..<1000 { writer.add(item) }
        #expect(writer.flush(within: .seconds(30)) && writer.isIdle && writer.dropped == 0)
        #expect(place.taken.withLock { $0.map(\.item) } == Array(0..<1000))
    }

    @Test func `while the place takes nothing nobody waits, the oldest make room, and the next one tells how many`() {
        let place = Place()
        let writer = BackgroundWriter<Int>(name: "test", capacity: 4) { place.take($0, $1) }
        writer.add(0)
        place.waitUntilReached()
        for item in 1...10 { writer.add(item) }
        #expect(!writer.flush(within: .milliseconds(20)) && writer.dropped == 6)
        place.open()
        #expect(writer.flush(within: .seconds(30)))
        #expect(place.taken.withLock { $0.map(\.item) } == [0, 7, 8, 9, 10])
        #expect(place.taken.withLock { $0.map(\.lost) } == [0, 6, 0, 0, 0])
    }

    @Test func `what may not be dropped stays while others may, and what is larger than the queue is dropped`() {
        let place = Place()
        let writer = BackgroundWriter<Int>(name: "test", capacity: 10, size: { $0 }, mayDrop: { $0 != 3 }) {
            place.take($0, $1)
        }
        writer.add(1)
        place.waitUntilReached()
        for item in [3, 4, 2, 11, 5] { writer.add(item) }
        place.open()
        #expect(writer.flush(within: .seconds(30)))
        #expect(place.taken.withLock { $0.map(\.item) } == [1, 3, 2, 5])
        #expect(writer.dropped == 2)
    }
}
