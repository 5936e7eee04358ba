import Realtime

/// The workers of a server, one for each processor; a new stream goes to the one with the fewest.
final class Workers: Sendable {
    private let all: [Worker]
    private let vocabulary: Vocabulary

    init(count: Int, vocabulary: Vocabulary, longestDelay: Duration, metrics: ServerMetrics) {
        self.vocabulary = vocabulary
        all = (0..<count).map { _ in
            Worker(vocabulary.model, longestDelay: longestDelay, metrics: metrics)
        }
    }

    /// - Throws: ``RealtimeThread/CreationError``.
    func start() throws -> [RealtimeThread] {
        try all.enumerated().map { try $1.start(name: "listening \($0 + 1)") }
    }

    func stop() { for worker in all { worker.stop() } }

    /// Returns once every worker has come round.
    func answer() async { for worker in all { await worker.answer() } }

    var streams: Int { all.reduce(0) { $0 + $1.count } }

    /// What part of its time each gives to live streams.
    var loads: [Double] { all.map(\.load) }

    /// A stream that listens for these words.
    func stream(
        _ choice: Vocabulary.Choice, outcome: @escaping @Sendable (ClientStream.Outcome) -> Void
    ) throws(ClientError) -> ClientStream {
        guard let worker = all.filter({ !$0.isFull }).min(by: { $0.count < $1.count }) else {
            throw ClientError(
                .overloaded, "this server hears \(streams) streams and has no time for more; come again in a minute")
        }
        let stream = ClientStream(
            worker: worker, words: WordStream(vocabulary, choice: choice), outcome: outcome)
        worker.add(stream)
        return stream
    }
}
