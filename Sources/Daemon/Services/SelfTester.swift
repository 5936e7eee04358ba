import Capture
import Listening
import Protocol
import Realtime
import Spotting

/// Runs self-tests, one at a time.
actor SelfTester {
    private let listener: Listener
    private var isRunning = false
    /// Kept until the next one, so that the listening thread need not free it.
    private var latest: SelfTest?

    /// How much longer than it takes a test may take, in seconds, beside two of the device's periods.
    private static let patience = 3.0

    init(_ listener: Listener) {
        self.listener = listener
    }

    /// Has the model's clip heard, and waits for what comes of it.
    func run() async throws(ErrorMessage) -> SelfTestAnswer {
        guard !isRunning else {
            throw ErrorMessage(.failed, "a self-test is running already; ask again in a few seconds")
        }
        isRunning = true
        defer { isRunning = false }
        let prepared = await onOwnThread("selftest") { [self] in
            Result { () throws(ErrorMessage) in try prepare() }
        }
        guard let test = try prepared?.get() else {
            throw ErrorMessage(.failed, "the model's clip could not be read in time; look at the disk")
        }
        latest = test
        listener.begin(test)
        let clock = ContinuousClock()
        let periods = (listener.microphone.format?.longestPeriod ?? .zero) * 2
        let end = clock.now + .seconds(test.seconds + Self.patience) + periods
        while clock.now < end {
            if let answer = test.answer {
                return SelfTestAnswer(
                    detected: answer.detection != nil, keyword: test.keyword,
                    confidence: answer.detection.map { Double($0.confidence) },
                    latencyMilliseconds: answer.detection?.latencyMilliseconds)
            }
            try? await SingleThread.sleep(for: .milliseconds(20))
        }
        throw ErrorMessage(.failed, "the clip was not heard to its end: no audio flows; see the daemon's status")
    }

    /// The way of the samples that come now.
    private nonisolated var path: ClipPath? {
        let microphone = listener.microphone
        let counts = microphone.counts
        return microphone.format.map {
            ClipPath(
                format: $0, channel: microphone.source.channel, turnedChannels: counts.turnedChannels,
                isBesideSound: counts.isBesideSound)
        }
    }

    private nonisolated func prepare() throws(ErrorMessage) -> SelfTest {
        do {
            guard let test = try SelfTest(listener.active.model, through: path) else {
                throw ErrorMessage(
                    .failed, "this model has no clip to test with; export it again with attuned-training export")
            }
            return test
        } catch let error as ErrorMessage {
            throw error
        } catch {
            throw ErrorMessage(.failed, "the model's clip cannot be read; install the model again")
        }
    }
}
