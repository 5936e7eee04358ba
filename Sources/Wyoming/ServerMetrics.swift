import Prometheus
import Synchronization

/// What a server counts. Any thread.
final class ServerMetrics: Sendable {
    struct Counts: Sendable {
        var connections = 0
        var errors: [ClientError.Code: Int] = [:]
        var words: [String: Int] = [:]
        var audio = Duration.zero
        /// How long pieces of live audio waited and were heard.
        var delaySeconds = Histogram()
    }

    private let counts = Mutex(Counts())

    var current: Counts { counts.withLock { $0 } }

    func connected() { counts.withLock { $0.connections += 1 } }

    func failed(_ error: ClientError) { counts.withLock { $0.errors[error.code, default: 0] += 1 } }

    func told(_ word: WordHeard) { counts.withLock { $0.words[word.word, default: 0] += 1 } }

    func heard(audio: Duration) { counts.withLock { $0.audio += audio } }

    func heard(delay: Duration) { counts.withLock { $0.delaySeconds.add(delay / .seconds(1)) } }
}
