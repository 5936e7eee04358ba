import Glibc
import Realtime
import Synchronization
import Testing

struct RealtimeThreadTests {
    @Test func `a thread has the name it was given`() throws {
        let seen = Mutex("")
        let thread = try RealtimeThread(name: "fifteen-letters") { seen.withLock { $0 = nameOfThisThread() } }
        #expect(thread.join(timeout: .seconds(10)))
        #expect(seen.withLock { $0 } == "fifteen-letters")
        #expect(thread.scheduling == .ordinary(refusal: 0))
    }

    @Test func `a join times out while the body runs and succeeds afterwards`() throws {
        let finish = Wakeup()
        let thread = try RealtimeThread(name: "patient") { _ = finish.wait(timeout: .seconds(20)) }
        let start = ContinuousClock.now
        #expect(!thread.join(timeout: .milliseconds(30)))
        #expect(ContinuousClock.now - start >= .milliseconds(30))
        finish.signal()
        #expect(thread.join(timeout: .seconds(10)))
        #expect(thread.join(timeout: .zero))
    }

    @Test func `real time is granted, or refused with a reason and the thread runs all the same`() throws {
        let policy = Atomic<Int32>(-1)
        let thread = try RealtimeThread(name: "fast", priority: 10) {
            policy.store(sched_getscheduler(0), ordering: .releasing)
        }
        #expect(thread.join(timeout: .seconds(10)))
        switch thread.scheduling {
        case .realTime(let priority):
            #expect(priority == 10)
            #expect(policy.load(ordering: .acquiring) == SCHED_FIFO)
        case .ordinary(let refusal):
            #expect(refusal == EPERM)
            #expect(policy.load(ordering: .acquiring) == SCHED_OTHER)
        }
    }

    @Test func `a priority that does not exist leaves an ordinary thread and says why`() throws {
        let thread = try RealtimeThread(name: "impossible", priority: 1000) {}
        #expect(thread.join(timeout: .seconds(10)))
        #expect(thread.scheduling == .ordinary(refusal: EINVAL))
    }

    @Test func `signals are blocked in the thread, its own faults are not`() throws {
        let blocked = Mutex<[Int32: Bool]>([:])
        let thread = try RealtimeThread(name: "undisturbed") {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            for signal in [SIGHUP, SIGTERM, SIGSEGV] {
                blocked.withLock { $0[signal] = sigismember(&mask, signal) == 1 }
            }
        }
        #expect(thread.join(timeout: .seconds(10)))
        #expect(blocked.withLock { $0 } == [SIGHUP: true, SIGTERM: true, SIGSEGV: false])
    }

    @Test func `a body is released when it has returned`() throws {
        final class Witness: Sendable {}
        weak var witness: Witness?
        do {
            let object = Witness()
            witness = object
            let thread = try RealtimeThread(name: "owner") { _ = object }
            #expect(thread.join(timeout: .seconds(10)))
        }
        #expect(witness == nil)
    }
}

private func nameOfThisThread() -> String {
    let descriptor = open("/proc/thread-self/comm", O_RDONLY)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes[..<max(0, count - 1)], as: UTF8.self)
}
