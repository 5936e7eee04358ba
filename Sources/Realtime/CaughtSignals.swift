import Glibc
internal import CLinux

/// Signals that a program takes as they come, instead of being ended by them.
public enum CaughtSignals {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// From now on these signals come here. Once in a program.
    public static func stream(_ signals: [CInt]) throws(Failure) -> AsyncStream<CInt> {
        let descriptor = linux_catch_signals(signals, signals.count)
        guard descriptor >= 0 else {
            throw Failure(description: "cannot catch signals: \(String(cString: strerror(errno)))")
        }
        let (stream, continuation) = AsyncStream.makeStream(of: CInt.self)
        do throws(RealtimeThread.CreationError) {
            _ = try RealtimeThread(name: "signals") {
                var number: UInt8 = 0
                while true {
                    let count = read(descriptor, &number, 1)
                    if count == 1 { continuation.yield(CInt(number)) } else if count == 0 || errno != EINTR { return }
                }
            }
        } catch {
            throw Failure(description: error.description)
        }
        return stream
    }
}
