import Capture
import Enrolment
import Listening
import Models
import Protocol
import Realtime
import Spotting

/// Runs self-tests, one at a time.
actor SelfTester {
    private let listener: Listener
    private let taught: TaughtWords
    private var isRunning = false
    /// Kept until the next one, so that the listening thread need not free it.
    private var latest: SelfTest?

    /// How much longer than it takes a test may take, in seconds, beside two of the device's periods.
    private static let patience = 3.0

    init(_ listener: Listener, taught: TaughtWords) {
        (self.listener, self.taught) = (listener, taught)
    }

    /// Has the model's clip heard, or takes of a word of one's own, and waits for what comes of it.
    func run(of name: String?) async throws(ErrorMessage) -> SelfTestAnswer {
        guard !isRunning else {
            throw ErrorMessage(.failed, "a self-test is running already; ask again in a few seconds")
        }
        isRunning = true
        defer { isRunning = false }
        let prepared = await onOwnThread("selftest") { [self] in
            Result { () throws(ErrorMessage) in try prepare(name) }
        }
        guard let test = try prepared?.get() else {
            throw ErrorMessage(.failed, "the recording could not be read in time; look at the disk")
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

    private static let mostTakes = 3

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

    private nonisolated func prepare(_ name: String?) throws(ErrorMessage) -> SelfTest {
        do {
            if let name { return try prepare(name, listener.active.model) }
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

    /// The first takes of a word of one's own.
    private nonisolated func prepare(_ name: String, _ model: Model) throws(ErrorMessage) -> SelfTest {
        let words = model.description.taught
        guard let word = words.first(where: { $0.isNamed(name) }) else {
            let known = words.isEmpty ? "none was taught" : "there are: \(words.map(\.name).joined(separator: ", "))"
            throw ErrorMessage(.failed, "no word of one's own has that name and is heard; \(known)")
        }
        do throws(OwnWordError) {
            let takes = Take.kept(try taught.store?.takes(of: word.name) ?? [:]).prefix(Self.mostTakes)
            guard !takes.isEmpty else {
                throw OwnWordError("the takes that it was taught with are not kept; teach it again: attune enroll")
            }
            return SelfTest(of: word, takes.map(\.samples), model, through: path)
        } catch {
            throw ErrorMessage(.failed, "\(word.name): \(error)")
        }
    }
}
