import Realtime
import Streams
import Synchronization

/// Owns a microphone and the thread that reads it.
///
/// Made, it has the device open and knows its format; started, samples flow into the ring until it is stopped or the
/// device is of no more use. Any thread may ask it for counts; the samples go to the one that has the stream.
///
///     let capturer = try Capturer(device: "default", channel: .mix, realtimePriority: 50)
///     let stream = capturer.makeStream()
///     try capturer.start()
///     while capturer.end == nil {
///         guard capturer.wakeup.wait(timeout: .seconds(1)) else { continue }
///         let (count, gap) = stream.read(into: buffer)
///     }
public final class Capturer: Sendable {
    /// The name the device was opened by.
    public let device: String
    /// What the device gives, read back from it.
    public let format: CaptureFormat

    private let loop: CaptureLoop
    private let realtimePriority: Int
    private let state = Mutex(State.ready)

    private enum State {
        case ready
        case running(RealtimeThread)
        case stopped(RealtimeThread?)
    }

    /// Opens the device and settles its format; allocates everything that the capture thread will use.
    ///
    /// - Parameters:
    ///   - device: any ALSA PCM name.
    ///   - channel: which channel, or the mix of all.
    ///   - realtimePriority: 1...99 asks for SCHED_FIFO, 0 does not.
    ///   - ringDuration: how far the listening thread may fall behind before samples are refused; at least what the device
    ///     may give at once, its buffer and a period.
    ///   - wakeup: signalled after every hop of 80 ms that was read, and when the thread ends.
    ///   - ended: signalled when the thread ends.
    public init(
        device: String, channel: ChannelPolicy = .mix, realtimePriority: Int = 0, ringDuration: Duration = .seconds(2),
        wakeup: Wakeup = Wakeup(), ended: Wakeup? = nil
    ) throws(CaptureError) {
        let opened = try CaptureDevice(opening: device, channel: channel)
        self.device = device
        self.format = opened.format
        self.realtimePriority = realtimePriority
        loop = CaptureLoop(
            device: opened, channel: channel, ringDuration: ringDuration, wakeup: wakeup, ended: ended)
    }

    deinit { stop() }

    /// Starts the device and the thread "capture". Once; a second start is a bug and stops the program.
    public func start() throws(CaptureError) {
        let failure: CaptureError? = state.withLock { state in
            guard case .ready = state else { preconditionFailure("a capturer is started once") }
            do throws(CaptureError) {
                try loop.startDevice()
                state = .running(try makeThread())
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Ends the thread and waits for it, at most for `timeout`; true when it has ended. Any number of times.
    ///
    /// The device is closed when the capturer is let go. A thread that a PCM holds in a read (some do, against the
    /// rules) is left to itself, false is returned, and the device is closed when that read returns.
    @discardableResult
    public func stop(timeout: Duration = .milliseconds(300)) -> Bool {
        loop.requestStop()
        let thread: RealtimeThread? = state.withLock { state in
            switch state {
            case .ready: state = .stopped(nil)
            case .running(let thread): state = .stopped(thread)
            case .stopped: break
            }
            guard case .stopped(let thread) = state else { return nil }
            return thread
        }
        return thread?.join(timeout: timeout) ?? true
    }

    /// The samples, for the thread that hears them. One stream at a time.
    public func makeStream() -> SampleStream {
        SampleStream(
            name: device, rate: format.rate, longestPeriod: format.longestPeriod, samples: loop.samples,
            gaps: loop.gaps, anchors: loop.anchors)
    }

    /// What was given to `init`.
    public var wakeup: Wakeup { loop.wakeup }

    /// Why the thread ended; nil while it runs or has not started.
    public var end: CaptureEnd? { loop.end }

    /// What has happened since the start.
    public var counts: CaptureCounts { loop.counters.snapshot(refused: loop.samples.refused) }

    /// How full the ring is, 0 to 1.
    public var ringFill: Double { Double(loop.samples.waiting) / Double(loop.samples.capacity) }

    /// What the thread was granted; nil before the start.
    public var scheduling: RealtimeThread.Scheduling? {
        state.withLock { state in
            switch state {
            case .running(let thread): thread.scheduling
            case .stopped(let thread): thread?.scheduling
            case .ready: nil
            }
        }
    }

    private func makeThread() throws(CaptureError) -> RealtimeThread {
        do throws(RealtimeThread.CreationError) {
            let priority = realtimePriority > 0 ? realtimePriority : nil
            return try RealtimeThread(name: "capture", priority: priority) { [loop] in loop.run() }
        } catch {
            throw .noThread(device: device, reason: error.description)
        }
    }
}
