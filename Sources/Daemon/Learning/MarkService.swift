import Enrolment
import Hearing
import Listening
import Logging
import Models
import Protocol
import ServiceSettings
import Spotting
import Synchronization
import Time

/// Answers what is said about what was heard, and keeps it where that is asked for. Any thread.
final class MarkService: Sendable {
    let recent = RecentEvents()
    private let listener: Listener
    private let reloader: Reloader
    private let store: MarkStore?
    private let learning: LearningService
    private let logger: Logger
    /// One thread at a time has the files; and when they were last looked through, by the monotonic clock.
    private let files = Mutex<Int64>(.min)

    /// So far back it is looked for what was missed.
    private static let missedSeconds = 10
    private static let samplesAfter = UInt64(SampleRate.perSecond / 2)
    /// What scores less than this in log-odds is nothing like the word.
    private static let leastScore: Float = -9
    private static let hourNanoseconds: Int64 = 3_600_000_000_000

    /// - Parameter folder: the state directory; without it nothing is kept.
    init(folder: String?, listener: Listener, reloader: Reloader, learning: LearningService, logger: Logger) {
        self.learning = learning
        store = folder.map { MarkStore(path: $0 + "/learn") }
        (self.listener, self.reloader, self.logger) = (listener, reloader, logger)
    }

    private var settings: Settings.Learn { reloader.settings.learn }

    /// Remembers an event, in case somebody judges it.
    func remember(_ event: KeywordEvent, decided: UInt64) {
        guard settings.keep else { return recent.add(event, [], end: decided) }
        let wanted = UInt64(RecentEvents.seconds * SampleRate.perSecond)
        recent.add(event, samples(before: decided, count: wanted), end: decided)
    }

    /// Deletes what has grown too old; looks once an hour, in the background.
    func expire() {
        guard let store else { return }
        let now = MonotonicClock.nanoseconds()
        let isDue = files.withLockIfAvailable { $0 == .min || now - $0 > Self.hourNanoseconds } ?? false
        guard isDue else { return }
        let days = settings.days
        Task { [self] in
            await onOwnThread("marks") { [self] in
                files.withLock { looked in
                    looked = MonotonicClock.nanoseconds()
                    _ = store.load(notOlderThanDays: days)
                }
            }
        }
    }

    func answer(_ request: MarkRequest) async throws(ErrorMessage) -> any SocketMessage {
        switch request {
        case .judge(let id, let verdict):
            guard let entry = recent.entry(ofEvent: id) else {
                let reason = id.map { "there is no event \($0) of this run that is still remembered" }
                throw ErrorMessage(.failed, reason ?? "nothing was heard in this run")
            }
            let event = entry.event
            return try await keep(
                Mark(
                    name: Self.name(), kind: verdict == .right ? .right : .wrong, keyword: event.keyword,
                    event: event.id,
                    timestamp: event.timestamp, score: event.scores?.score ?? 0,
                    thresholdScore: event.scores?.threshold ?? 0, model: event.model,
                    modelVersion: event.modelVersion, hasAudio: !entry.samples.isEmpty),
                entry.samples.isEmpty ? [] : entry.samples + samples(after: entry.end))
        case .missed(let name):
            let found = await onOwnThread("missed") { [self] in Result { () throws(ErrorMessage) in try find(name) } }
            guard let (mark, samples) = try found?.get() else {
                throw ErrorMessage(.failed, "the last seconds could not be heard again in time; ask once more")
            }
            return try await keep(mark, samples)
        case .list:
            let settings = settings
            return MarksAnswer(
                marks: try await onFiles { $0.load(notOlderThanDays: settings.days) }, keepsSound: settings.keep)
        case .forget:
            try await onFiles { (store) throws(MarkStoreError) in try store.forget() }
            logger.notice("all marks are forgotten")
            return MarksAnswer(marks: [], keepsSound: settings.keep)
        case .learn(let apply):
            let days = settings.days
            return try await learning.learn(apply: apply) { [self] () throws(ErrorMessage) in
                try await onFiles { store in
                    Self.latest(store.load(notOlderThanDays: days)).compactMap { mark in
                        store.sound(of: mark).map {
                            MarkedSound(
                                mark.kind == .wrong ? .notSaid : .said, word: mark.keyword, mark: mark.name, samples: $0
                            )
                        }
                    }
                }
            }
        case .unlearn: return try await learning.undo()
        }
    }

    /// Where, in the last seconds, the word came nearest to being heard.
    private func find(_ name: String) throws(ErrorMessage) -> (Mark, [Int16]) {
        let active = listener.active
        let description = active.description
        guard let word = description.labels.firstIndex(where: { $0.lowercased() == name.lowercased() }),
            description.keywords.contains(description.labels[word])
        else { throw ErrorMessage(.failed, "there is no word \(name.prefix(64)); attune words lists them") }
        let now = listener.counters.samples.total
        let heard = samples(before: now, count: UInt64(Self.missedSeconds * SampleRate.perSecond))
        guard !heard.isEmpty else {
            throw ErrorMessage(.failed, "nothing is kept of the last seconds; see capture.keep_seconds")
        }
        let spotter = Spotter(active.model, policy: active.policy)
        var best: (score: Float, end: Int) = (-.infinity, 0)
        spotter.observeWindow = { window in
            let score = window.score(of: word)
            if score > best.score { best = (score, Int(window.end)) }
        }
        heard.map { Float($0) / 32768 }.withUnsafeBufferPointer { spotter.process($0) { _ in } }
        guard best.score >= Self.leastScore else {
            throw ErrorMessage(
                .failed,
                "in the last \(heard.count / SampleRate.perSecond) s nothing was like \(description.labels[word]); "
                    + "say it again, and ask within some seconds")
        }
        let first = max(0, best.end - RecentEvents.seconds * SampleRate.perSecond)
        let ago = SampleRate.milliseconds(heard.count - best.end)
        let mark = Mark(
            name: Self.name(), kind: .missed, keyword: description.labels[word], event: nil,
            timestamp: Timestamp(millisecondsSince1970: Timestamp.now().millisecondsSince1970 - Int64(ago)),
            score: Double(best.score), thresholdScore: Double(active.policy.words[word].thresholdScore),
            model: description.name, modelVersion: description.version, hasAudio: settings.keep)
        return (mark, settings.keep ? Array(heard[first..<min(best.end + Int(Self.samplesAfter), heard.count)]) : [])
    }

    /// Of an event that was judged again, what was said last.
    private static func latest(_ marks: [Mark]) -> [Mark] {
        marks.enumerated().filter { index, mark in
            mark.event == nil
                || !marks[(index + 1)...].contains { $0.event == mark.event && $0.timestamp == mark.timestamp }
        }.map(\.element)
    }

    /// What came after a decision, as far as it is there and kept: another time it may be decided on a little later.
    private func samples(after decided: UInt64) -> [Int16] {
        let count = min(
            Self.samplesAfter, listener.counters.samples.total - min(decided, listener.counters.samples.total))
        guard case .samples(let samples) = listener.history.piece(from: decided, count: Int(count)) else { return [] }
        return samples
    }

    /// What was heard before a position, as far as it is kept.
    private func samples(before end: UInt64, count: UInt64) -> [Int16] {
        var start = end - min(end, count)
        if case .forgotten(let oldest) = listener.history.piece(from: start, count: 0) { start = min(oldest, end) }
        guard case .samples(let samples) = listener.history.piece(from: start, count: Int(end - start)) else {
            return []
        }
        return samples
    }

    private func keep(_ mark: Mark, _ samples: [Int16]) async throws(ErrorMessage) -> Mark {
        let days = settings.days
        try await onFiles { (store) throws(MarkStoreError) in
            _ = store.load(notOlderThanDays: days)
            try store.add(mark, samples)
        }
        logger.notice("\(mark.kind.rawValue): \(mark.keyword)", metadata: ["audio": "\(mark.hasAudio)"])
        return mark
    }

    private func onFiles<Value: Sendable>(
        _ body: @escaping @Sendable (MarkStore) throws(MarkStoreError) -> Value
    ) async throws(ErrorMessage) -> Value {
        guard let store else {
            throw ErrorMessage(
                .failed, "the daemon has no state directory to keep marks in; give it one with STATE_DIRECTORY")
        }
        return try await answerOnOwnThread(
            "marks", late: "the marks could not be read or written in time; look at the disk"
        ) { [self] () throws(MarkStoreError) in
            try files.withLock { (_) throws(MarkStoreError) in try body(store) }
        }
    }

    /// Sorts by time; two of one millisecond differ.
    private static func name() -> String {
        let digits = String(Timestamp.now().millisecondsSince1970)
        return String(repeating: "0", count: max(0, 14 - digits.count)) + digits + "-\(UInt16.random(in: 1000...9999))"
    }
}
