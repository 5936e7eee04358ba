import Glibc
import Streams
import Time

/// What the capture loop does about an error of the device: the one place that decides it. Allocates nothing.
///
/// An overrun is mended by a restart, a suspend by a resume or a restart; anything else ends the loop. Some PCMs
/// claim to be mended for ever and never give a sample again (PipeWire's, after its server died): a limit on restarts
/// without a sample finds them out.
struct Recovery {
    enum Outcome: Equatable {
        /// Nothing was wrong, or not for long: go on.
        case again
        /// The stream runs again; samples are missing for this cause.
        case mended(Gap.Cause)
        /// The device is of no more use.
        case end(CaptureEnd)
    }

    /// Restarts in a row, without a sample between them, that a device is granted.
    static let fruitlessLimit = 50
    /// The pause between them: half a second in all, and no busy loop.
    static let pauseNanoseconds: Int64 = 10_000_000

    private var fruitless = 0

    /// A read gave samples: the device works.
    mutating func samplesArrived() { fruitless = 0 }

    /// Mends what can be mended. `code` is ALSA's, negative.
    mutating func handle(_ code: Int32, of device: borrowing CaptureDevice, counters: CaptureCounters) -> Outcome {
        switch -code {
        case 0, EAGAIN, EINTR: return .again
        case EPIPE: return restart(device, cause: .overrun, counters: counters)
        case ESTRPIPE: return resume(device, counters: counters)
        case let failure: return .end(reason(failure, counters))
        }
    }

    private mutating func resume(_ device: borrowing CaptureDevice, counters: CaptureCounters) -> Outcome {
        // A resume is believed once: a plug-in without one says that it succeeded and changes nothing.
        guard fruitless == 0 else { return restart(device, cause: .suspended, counters: counters) }
        let resumed = device.resume()
        if resumed == -EAGAIN {
            MonotonicClock.sleep(nanoseconds: Self.pauseNanoseconds)
            return .again
        }
        if resumed < 0 { return restart(device, cause: .suspended, counters: counters) }
        fruitless = 1
        counters.countSuspension()
        counters.note(errno: ESTRPIPE)
        return .mended(.suspended)
    }

    private mutating func restart(
        _ device: borrowing CaptureDevice, cause: Gap.Cause, counters: CaptureCounters
    ) -> Outcome {
        fruitless += 1
        if fruitless > Self.fruitlessLimit {
            counters.note(errno: EPIPE)
            return .end(.unrecoverable)
        }
        // Only the first restart of a row is an event; the others are attempts at the same one.
        if fruitless == 1 {
            counters.note(errno: cause == .suspended ? ESTRPIPE : EPIPE)
            if cause == .suspended { counters.countSuspension() } else { counters.countOverrun() }
        } else {
            MonotonicClock.sleep(nanoseconds: Self.pauseNanoseconds)
        }
        switch -device.restart() {
        case ...0, EPIPE, ESTRPIPE, EAGAIN, EINTR: return .mended(cause)
        case let failure: return .end(reason(failure, counters))
        }
    }

    private func reason(_ failure: Int32, _ counters: CaptureCounters) -> CaptureEnd {
        counters.note(errno: failure)
        return failure == ENODEV ? .disconnected : .failed(errno: failure)
    }
}
