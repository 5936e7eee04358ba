import Glibc
import Synchronization
internal import CSystemd

/// Sends notifications one after the other from a thread of its own: `sd_notify` waits while the service manager's queue
/// is full, and nobody else shall.
///
/// A plain thread, since libdispatch's depend on the wall clock, which may be set.
final class NotifyQueue: @unchecked Sendable {
    static let shared = NotifyQueue()

    private let texts = Mutex<[String]>([])
    /// One for each text; never destroyed.
    private let ready = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let unsent = Atomic<Int>(0)

    /// More are dropped: who reads again wants to know what is so now.
    private static let mostWaiting = 16

    private init() {
        sem_init(ready, 0, 0)
        var thread = pthread_t()
        let queue = Unmanaged.passUnretained(self).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<NotifyQueue>.fromOpaque(argument!).takeUnretainedValue().run()
                return nil
            }, queue)
        if result == 0 { pthread_detach(thread) }
    }

    func add(_ text: String) {
        guard unsent.load(ordering: .relaxed) < Self.mostWaiting else { return }
        unsent.add(1, ordering: .relaxed)
        texts.withLock { $0.append(text) }
        sem_post(ready)
    }

    /// Waits until all are sent, but not longer than a tenth of a second.
    func flush() {
        for _ in 0..<100 where unsent.load(ordering: .acquiring) > 0 { usleep(1000) }
    }

    private func run() {
        while true {
            while sem_wait(ready) != 0 {}
            let text = texts.withLock { $0.removeFirst() }
            sd_notify(0, text)
            unsent.subtract(1, ordering: .releasing)
        }
    }
}
