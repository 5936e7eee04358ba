import Capture
import Glibc
import Realtime
import Streams
import Synchronization
import Time

/// Captures from a device for some seconds, or until SIGTERM, and prints what came of it: the small program that the counter
/// of allocations and locks and other tools watch. Says `started` with the first samples, and each gap when it is read.
///
///     capture-probe DEVICE SECONDS [PRIORITY]
@main
struct CaptureProbe {
    private static let isToEnd = Atomic<Bool>(false)

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let seconds = Double(arguments[2]) else {
            print("usage: capture-probe DEVICE SECONDS [PRIORITY]")
            exit(EX_USAGE)
        }
        setenv("LIBASOUND_THREAD_SAFE", "0", 0)  // as the daemon does
        let priority = arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0
        let capturer: Capturer
        do {
            capturer = try Capturer(device: arguments[1], realtimePriority: priority)
            try capturer.start()
        } catch {
            print(error)
            exit(EX_UNAVAILABLE)
        }
        let stream = capturer.makeStream()
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4096)
        var total = 0
        signal(SIGTERM) { _ in CaptureProbe.isToEnd.store(true, ordering: .relaxed) }
        let deadline = MonotonicClock.nanoseconds() + Int64(seconds * 1e9)
        while MonotonicClock.nanoseconds() < deadline, capturer.end == nil, !isToEnd.load(ordering: .relaxed) {
            guard capturer.wakeup.wait(timeout: .milliseconds(100)) else { continue }
            while case let (count, gap) = stream.read(into: buffer), count > 0 {
                if total == 0 { tell("started") }
                total += count
                if let gap { tell("gap \(gap)") }
            }
        }
        let isStopped = capturer.stop()
        print(capturer.format)
        print(capturer.counts)
        print("read \(total), scheduling \(capturer.scheduling!)")
        print("end \(capturer.end?.description ?? "none"), joined \(isStopped)")
        exit(isStopped ? 0 : 1)
    }

    /// Prints at once, into a pipe too.
    private static func tell(_ line: String) {
        print(line)
        fflush(nil)
    }
}
