import ArgumentParser
import Glibc
import NIOCore
import NIOPosix
import Realtime
import ServiceSettings
internal import CExecutor

/// A service that does little: all that is async in it runs on one event loop of NIO.
///
/// Swift's own pool of threads stands on libdispatch, which wakes a process every second for as long as it lives, once it
/// was used. Without it, and without `Task.sleep` (`EventLoopTimer` has another), such a service sleeps until something happens.
public protocol EventLoopProgram: ServiceProgram {}

extension EventLoopProgram {
    public static func main() { runOnEventLoop() }

    public static func runOnEventLoop() -> Never {
        NIOSingletons.groupLoopCountSuggestion = 1
        executor_take_over { job in
            let job = Job(job)
            Job.loop.execute { job.run() }
        }
        StandardOutput.checkAtExit()
        Task.detached {
            await main(nil)
            Glibc.exit(EXIT_SUCCESS)
        }
        while true { pause() }
    }

    /// Some seconds later, gives back the code that only the start needed.
    public func releaseMemoryOnceStarted() {
        Job.loop.scheduleTask(in: .seconds(3)) { ProcessMemory.releaseCode() }
    }
}

/// A piece of a task, until it awaits.
private struct Job: Sendable {
    static let loop = MultiThreadedEventLoopGroup.singleton.next()

    private let job: UnownedJob

    init(_ pointer: UnsafeMutableRawPointer?) { job = unsafeBitCast(pointer, to: UnownedJob.self) }

    func run() { job.runSynchronously(on: Self.loop.executor.asUnownedSerialExecutor()) }
}
