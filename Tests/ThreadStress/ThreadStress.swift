import Audio
import Capture
import FakeDevice
import Glibc
import Hearing
import Listening
import Models
import Realtime
import Spotting
import Synchronization
import Time

/// The daemon's threads at work on a fake microphone, for the thread sanitizer: listening loop, reloads, takeovers,
/// self-tests, the comparison with a shadow, and those who ask.
///
///     swift build -c release --sanitize thread --product thread-stress --scratch-path .build-tsan
///     .build-tsan/release/thread-stress Config/models/commands Config/demo/demo.wav 20
///
/// It goes on for so many seconds, and until all of it happened. Exit code 0 when words were heard by both models, the
/// self-test passed and models were exchanged; the sanitizer makes it 66 where it found a race.
@main
final class ThreadStress: Sendable {
    private let listener: Listener
    private let comparer: ShadowComparer
    private let model: Model
    private let isDone = Atomic<Bool>(false)
    /// How often each thread did what it is there for.
    private let counts = Mutex<[String: Int]>([:])

    /// A busy machine may take as long as this.
    private static let patienceNanoseconds: Int64 = 300_000_000_000

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let seconds = Int(arguments[3]) else {
            print("usage: thread-stress MODEL WAV SECONDS")
            exit(EX_USAGE)
        }
        let samples = try MonoReader(path: arguments[2]).readAll(longestSeconds: 60)
        let sound = samples.flatMap { sample -> [UInt8] in
            let value = UInt16(bitPattern: Int16(clamping: Int((sample * 32768).rounded())))
            return [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
        }
        let device = FakeDevices.shared.microphone(playing: sound)
        try ThreadStress(Model(path: arguments[1]), device: device.name).run(seconds: seconds)
    }

    init(_ model: Model, device: String) {
        let policy = DecisionPolicy(model.description)
        self.model = model
        listener = Listener(
            source: Microphone.Source(device: device), keepSeconds: 2, model: model, policy: policy,
            shadow: (model, policy))
        guard let comparer = ShadowComparer(listener) else { preconditionFailure("there is a shadow") }
        self.comparer = comparer
    }

    func run(seconds: Int) throws {
        try listener.start()
        let workers: [(String, @Sendable () -> Void)] = [
            ("events", publish), ("reloads", reload), ("takeovers", activate), ("self-tests", test), ("readers", ask),
        ]
        let threads = try workers.map { name, work in
            try RealtimeThread(name: name, stackSizeBytes: 8 << 20, body: work)
        }
        let begin = MonotonicClock.nanoseconds()
        func hasPassed(_ nanoseconds: Int64) -> Bool { MonotonicClock.nanoseconds() - begin > nanoseconds }
        var isComplete: Bool { counts.withLock { $0.count == workers.count } }
        while !(hasPassed(Int64(seconds) * 1_000_000_000) && isComplete), !hasPassed(Self.patienceNanoseconds) {
            MonotonicClock.sleep(nanoseconds: 10_000_000)
        }
        isDone.store(true, ordering: .releasing)
        for thread in threads { precondition(thread.join(timeout: .seconds(60)), "\(thread.name) does not end") }
        listener.stop()
        let done = counts.withLock { $0 }
        print(done.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", "))
        for (name, _) in workers where done[name] == nil { preconditionFailure("no \(name)") }
    }

    private func happened(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }

    private var goesOn: Bool { !isDone.load(ordering: .acquiring) }

    /// What the thread "events" does.
    @Sendable private func publish() {
        var detections = listener.detections.makeConsumer()
        while goesOn {
            while let heard = detections.pop() {
                guard let description = listener.description(ofModel: heard.model) else { continue }
                precondition(Int(heard.detection.word) < description.words.count)
                comparer.add(heard, of: description)
                if heard.detection.outcome == .keyword { happened("events") }
            }
            _ = comparer.disagreements()
            _ = listener.detected.wait(timeout: .milliseconds(100))
        }
    }

    /// What a reload does.
    @Sendable private func reload() {
        var count = 0
        while goesOn {
            listener.apply { description in
                var policy = DecisionPolicy(description)
                policy.smoothingHops = 4 + count % 2
                return policy
            }
            count += 1
            happened("reloads")
            MonotonicClock.sleep(nanoseconds: 3_000_000)
        }
    }

    /// What an activation does.
    @Sendable private func activate() {
        while goesOn {
            let policy = DecisionPolicy(model.description)
            let takeover = listener.begin(model, policy: policy)
            while takeover.outcome == .pending, goesOn { MonotonicClock.sleep(nanoseconds: 5_000_000) }
            // The sanitizer's slowness must not pass for the model's.
            guard takeover.outcome == .done else { continue }
            listener.finish(takeover, policy: policy)
            happened("takeovers")
        }
    }

    /// What a self-test does.
    @Sendable private func test() {
        while goesOn, let test = try? SelfTest(model, through: nil) {
            listener.begin(test)
            while test.answer == nil, goesOn { MonotonicClock.sleep(nanoseconds: 5_000_000) }
            if test.answer?.detection != nil { happened("self-tests") }
        }
    }

    /// What readers ask for.
    @Sendable private func ask() {
        while goesOn {
            let active = listener.active
            precondition(active.policy.words.count == active.description.words.count)
            _ = comparer.comparison.counts
            _ = (listener.counters.samples.total, listener.microphone.condition, listener.microphone.counts)
            happened("readers")
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
    }
}
