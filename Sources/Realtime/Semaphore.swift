import Glibc

/// Lets threads sleep until others have something for them: as many waits end as there were posts. Any thread.
package final class Semaphore: Sendable {
    // SAFETY: a semaphore is made to be used by many threads.
    nonisolated(unsafe) private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    package init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    package func post() { sem_post(semaphore) }

    package func wait() { while sem_wait(semaphore) != 0 {} }
}
