import ArgumentParser
import Glibc
import Realtime
import ServiceSettings

/// A service that does little, by ``SingleThread``: nothing wakes it but what happens.
public protocol SmallService: ServiceProgram {}

extension SmallService {
    public static func main() { runOnMainThread() }

    public static func runOnMainThread() -> Never {
        StandardOutput.checkAtExit()
        SingleThread.run {
            await main(nil)
            Glibc.exit(EXIT_SUCCESS)
        }
    }

    /// Some seconds later, gives back the code that only the start needed.
    public func releaseMemoryOnceStarted() {
        Task {
            try await SingleThread.sleep(for: .seconds(3))
            ProcessMemory.releaseCode()
        }
    }
}
