import Realtime
import Streams
import Synchronization
import Time

/// A microphone that is kept open: opened by its name, and again whenever it was lost.
///
/// Its thread, "microphone", is the one place that opens and closes. It closes a device that is gone, that failed, that
/// gives nothing, or that holds its reader, and tries again when a sound device appears, or else after pauses that grow
/// from a tenth of a second to two. Each opening is a `SampleStream` of its own, because the rate may be another one.
public final class Microphone: Sendable {
    /// What to open.
    public struct Source: Sendable, Equatable {
        /// Any ALSA PCM name.
        public var device: String
        public var channel: ChannelPolicy
        /// 1...99 asks for SCHED_FIFO, 0 does not.
        public var realtimePriority: Int

        public init(device: String, channel: ChannelPolicy = .mix, realtimePriority: Int = 0) {
            self.device = device
            self.channel = channel
            self.realtimePriority = realtimePriority
        }
    }

    /// How it is with the device. Whether sound comes is told by what flows.
    public enum Condition: Sendable, Equatable {
        /// It is being opened, or is open and has not given a sample yet.
        case opening
        /// It is open and has given samples.
        case open
        /// It gave nothing for too long, and is opened anew.
        case reopening
        /// It cannot be opened, or was lost; it is tried again and again.
        case absent(reason: String)
        /// The PCM does not return from a read, and cannot be closed. A new process could.
        case stuck
        /// Closed on request.
        case muted

        /// Whether what was heard last may be what is heard now.
        public var isHearing: Bool { self == .opening || self == .open }
    }

    /// A device that gives nothing for so long beyond its period is opened anew: some sound servers need that after a restart.
    static let patience = Duration.seconds(3)
    /// A read that does not return for so long never will.
    static let readLimit = Duration.seconds(2)
    /// Readers that a PCM may hold before it is opened no more: each costs a thread.
    static let mostStuck = 3

    /// Signalled when there is something for the listening thread: samples of a hop, a new stream.
    public let wakeup = Wakeup()
    /// Signalled when its condition changes, for who watches over it; who hears it may signal it, too.
    public let changed = AsyncWakeup()

    private struct State {
        var source: Source
        var isMuted = false
        var isStopping = false
        var condition = Condition.opening
        var since = MonotonicClock.nanoseconds()
        var capturer: Capturer?
        /// Not taken by the listening thread yet.
        var stream: SampleStream?
        var finished = CaptureCounts.none
        var openings = 0
        /// Those that a PCM holds in a read.
        var stuck: [Capturer] = []
    }

    private let state: Mutex<State>
    private let orders = Wakeup()
    private let turns = Atomic<Int>(0)
    private let thread = Mutex<RealtimeThread?>(nil)

    public init(_ source: Source) { state = Mutex(State(source: source)) }

    /// Starts the thread; from here on it is opened.
    public func start() throws(RealtimeThread.CreationError) {
        let started = try RealtimeThread(name: "microphone") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Closes the device and ends the thread; true when both are done within a second.
    @discardableResult
    public func stop() -> Bool {
        order { $0.isStopping = true }
        return thread.withLock { $0 }?.join(timeout: .seconds(1)) ?? true
    }

    /// Closes the device until it is unmuted, or opens it again.
    public func setMuted(_ isMuted: Bool) { order { $0.isMuted = isMuted } }

    /// Opens another device, or the same with another channel, if that is not what is open.
    public func use(_ source: Source) { order { $0.source = source } }

    public var source: Source { state.withLock { $0.source } }
    public var isMuted: Bool { state.withLock { $0.isMuted } }
    public var condition: Condition { state.withLock { $0.condition } }
    /// The same, and since when, on the clock of `MonotonicClock`: of a device that is open, since before its first sample.
    public var standing: (condition: Condition, sinceNanoseconds: Int64) { state.withLock { ($0.condition, $0.since) } }
    /// What the device gives; nil while none is open.
    public var format: CaptureFormat? { state.withLock { $0.capturer?.format } }
    /// How its thread is scheduled; nil while none is open.
    public var scheduling: RealtimeThread.Scheduling? { state.withLock { $0.capturer }?.scheduling }
    /// How often a device was opened.
    public var openings: Int { state.withLock { $0.openings } }
    /// How often the thread went round: it does at least every two seconds, unless an open or a close does not return.
    public var rounds: Int { turns.load(ordering: .relaxed) }
    /// Of all openings together.
    public var counts: CaptureCounts {
        state.withLock { state in
            state.capturer.map { state.finished + $0.counts } ?? state.finished
        }
    }

    /// How full the ring between capture and listening is, 0 to 1.
    public var ringFill: Double { state.withLock { $0.capturer }?.ringFill ?? 0 }

    /// The stream that began since the last call, nil if none did. Never waits: if the state is just being changed, the
    /// next call finds it.
    public func takeStream() -> SampleStream? { state.withLockIfAvailable { $0.stream.take() } ?? nil }

    private func order(_ change: (inout sending State) -> Void) {
        state.withLock { change(&$0) }
        orders.signal()
    }
}

// What the thread does.
extension Microphone {
    private func run() {
        let watch = DeviceWatch()
        var pause = Backoff()
        while true {
            turns.wrappingAdd(1, ordering: .relaxed)
            let (source, isMuted, isStopping, stuck) = state.withLock { state in
                state.stuck.removeAll { $0.end != nil }
                return (state.source, state.isMuted, state.isStopping, state.stuck.count)
            }
            if isStopping { return }
            if isMuted || stuck >= Self.mostStuck {
                set(isMuted ? .muted : .stuck)
                _ = orders.wait(timeout: .seconds(2))
                continue
            }
            watch.takeChanges()
            if let capturer = open(source) {
                if watchOver(capturer, source) { pause = Backoff() }
                close(capturer)
                if state.withLock({ $0.isMuted || $0.isStopping || $0.source != source }) { continue }
            }
            // Not at once, even if it was only lost: a device that opens and fails, again and again, is no busy loop.
            _ = orders.wait(timeout: pause.next(), orReadable: watch.descriptor)
        }
    }

    private func open(_ source: Source) -> Capturer? {
        do throws(CaptureError) {
            let capturer = try Capturer(
                device: source.device, channel: source.channel, realtimePriority: source.realtimePriority,
                wakeup: wakeup, ended: orders)
            let began = MonotonicClock.nanoseconds()
            try capturer.start()
            state.withLock { state in
                state.since = began
                state.capturer = capturer
                state.stream = capturer.makeStream()
                state.openings += 1
                if state.condition == .muted { state.condition = .opening }
            }
            wakeup.signal()
            changed.signal()
            return capturer
        } catch {
            set(.absent(reason: error.description))
            return nil
        }
    }

    /// Stays with an open device until it is of no more use or another order came; returns whether it worked for a while.
    private func watchOver(_ capturer: Capturer, _ source: Source) -> Bool {
        var seen = CaptureCounts.none
        let patience = Self.patience + capturer.format.longestPeriod
        var lastSamples = ContinuousClock.now
        var lastReturn = lastSamples
        while true {
            // Often at first, so that it is soon known to work.
            _ = orders.wait(timeout: seen.periods == 0 ? .milliseconds(50) : .milliseconds(500))
            turns.wrappingAdd(1, ordering: .relaxed)
            let now = ContinuousClock.now
            let counts = capturer.counts
            if counts.periods > seen.periods {
                lastSamples = now
                set(.open)
            }
            if counts.periods > seen.periods || counts.idleWaits > seen.idleWaits { lastReturn = now }
            seen = counts
            if let end = capturer.end {
                if end != .stopped { set(.absent(reason: "\(end)")) }
                break
            }
            if state.withLock({ $0.isMuted || $0.isStopping || $0.source != source }) { break }
            if now - lastReturn > Self.readLimit || now - lastSamples > patience {
                set(.reopening)
                break
            }
        }
        return seen.samples >= capturer.format.rate
    }

    private func close(_ capturer: Capturer) {
        let hasEnded = capturer.stop()
        state.withLock { state in
            state.finished = state.finished + capturer.counts
            state.capturer = nil
            if !hasEnded { state.stuck.append(capturer) }
        }
    }

    private func set(_ condition: Condition) {
        let isNew = state.withLock { state in
            guard state.condition != condition else { return false }
            if condition != .open { state.since = MonotonicClock.nanoseconds() }
            state.condition = condition
            return true
        }
        if isNew { changed.signal() }
    }
}

/// Pauses between attempts: each twice as long as the one before, up to two seconds.
struct Backoff {
    private var milliseconds = 100

    mutating func next() -> Duration {
        defer { milliseconds = min(2 * milliseconds, 2000) }
        return .milliseconds(milliseconds)
    }
}
