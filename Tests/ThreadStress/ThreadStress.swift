import Audio
import Capture
import Daemon
import FakeDevice
import Glibc
import Inference
import Realtime
import Spotting
import Synchronization

/// The daemon's threads at work on a fake microphone, for the thread sanitizer: listening loop, reloads, takeovers,
/// self-tests, the comparison with a shadow, and those who ask.
///
///     swift build -c release --sanitize thread --product thread-stress --scratch-path .build-tsan
///     .build-tsan/release/thread-stress Config/models/commands Config/demo/demo.wav 20
///
/// Exit code 0 when words were heard by both models, the self-test passed and models were exchanged; the sanitizer makes it
/// 66 where it found a race.
@main
final class ThreadStress: Sendable {
    private let listener: Listener
    private let comparer: ShadowComparer
    private let model: Model
    private let isDone = Atomic<Bool>(false)

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
        let end = MonotonicClock.nanoseconds() + Int64(seconds) * 1_000_000_000
        let workers: [(String, @Sendable () -> Int)] = [
            ("events", publish), ("reloads", reload), ("takeovers", activate), ("self-tests", test), ("readers", ask),
        ]
        let counts = Mutex<[String: Int]>([:])
        let threads = try workers.map { name, work in
            try RealtimeThread(name: name, stackSizeBytes: 8 << 20) {
                let count = work()
                counts.withLock { $0[name] = count }
            }
        }
        while MonotonicClock.nanoseconds() < end { MonotonicClock.sleep(nanoseconds: 10_000_000) }
        isDone.store(true, ordering: .releasing)
        for thread in threads { precondition(thread.join(timeout: .seconds(60)), "\(thread.name) does not end") }
        listener.stop()
        let done = counts.withLock { $0 }
        print(done.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", "))
        precondition(done.count == workers.count && done.values.allSatisfy { $0 > 0 }, "something did not happen")
    }

    private var goesOn: Bool { !isDone.load(ordering: .acquiring) }

    /// What the thread "events" does; returns how many words were heard.
    @Sendable private func publish() -> Int {
        var detections = listener.detections.makeConsumer()
        var words = 0
        while goesOn {
            while let heard = detections.pop() {
                guard let description = listener.description(ofModel: heard.model) else { continue }
                precondition(Int(heard.detection.word) < description.words.count)
                comparer.add(heard, of: description)
                if heard.detection.outcome == .keyword { words += 1 }
            }
            _ = comparer.disagreements()
            _ = listener.detected.wait(timeout: .milliseconds(100))
        }
        return words
    }

    /// What a reload does.
    @Sendable private func reload() -> Int {
        var count = 0
        while goesOn {
            listener.apply { description in
                var policy = DecisionPolicy(description)
                policy.smoothingHops = 4 + count % 2
                return policy
            }
            count += 1
            MonotonicClock.sleep(nanoseconds: 3_000_000)
        }
        return count
    }

    /// What an activation does; returns how many models took over.
    @Sendable private func activate() -> Int {
        var count = 0
        while goesOn {
            let policy = DecisionPolicy(model.description)
            let takeover = listener.begin(model, policy: policy)
            while takeover.outcome == .pending, goesOn { MonotonicClock.sleep(nanoseconds: 5_000_000) }
            // The sanitizer's slowness must not pass for the model's.
            guard takeover.outcome == .done else { continue }
            listener.finish(takeover, policy: policy)
            count += 1
        }
        return count
    }

    /// What a self-test does; returns how many heard their word.
    @Sendable private func test() -> Int {
        var count = 0
        while goesOn, let test = try? SelfTest(model, through: nil) {
            listener.begin(test)
            while test.answer == nil, goesOn { MonotonicClock.sleep(nanoseconds: 5_000_000) }
            if test.answer?.detection != nil { count += 1 }
        }
        return count
    }

    /// What readers ask for; returns how often.
    @Sendable private func ask() -> Int {
        var count = 0
        while goesOn {
            let active = listener.active
            precondition(active.policy.words.count == active.description.words.count)
            _ = comparer.report
            _ = (listener.counters.samples.total, listener.microphone.condition, listener.microphone.counts)
            count += 1
            MonotonicClock.sleep(nanoseconds: 1_000_000)
        }
        return count
    }
}
