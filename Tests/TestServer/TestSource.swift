import Protocol
import Server
import Synchronization

/// A daemon that exists only to be asked: fixed answers, and a reload that the test decides.
package final class TestSource: EventSource {
    package static let started = Timestamp(millisecondsSince1970: 1_795_343_400_000)
    package let reloads = Mutex(0)
    package let isMuted = Mutex(false)
    package let reloadFailure: ErrorMessage?

    package init(reloadFailure: ErrorMessage? = nil) {
        self.reloadFailure = reloadFailure
    }

    package func hello() -> HelloMessage {
        HelloMessage(version: "0.1.0", model: "commands", modelVersion: "0.1.0", started: Self.started)
    }

    package func status() -> StatusMessage {
        StatusMessage(
            state: .listening, reason: "audio flows", since: Self.started, device: "default", levelDBFS: -47.13,
            keywords: ["left", "right"], uptimeSeconds: 12, model: "commands", modelVersion: "0.1.0", version: "0.1.0")
    }

    package func health() -> HealthReport {
        let check = HealthReport.Check(advancing: true, ageSeconds: 0.01, total: 16_000)
        return HealthReport(
            healthy: true, state: .listening, reason: "audio flows", uptimeSeconds: 12,
            checks: .init(samples: check, frames: check, inferences: check))
    }

    package func metrics() -> MetricsReport {
        var report = MetricsReport()
        report.samples = 16_000
        report.detections = ["right": 1, "left": 2]
        return report
    }

    /// As if two seconds had been heard: every sample is its position.
    package func audio(from position: UInt64, count: Int) -> AudioPiece {
        if position < 1_000 { return .forgotten(oldest: 1_000) }
        if position >= 32_000 { return .notYet }
        return .samples((position..<min(32_000, position + UInt64(count))).map { Int16(truncatingIfNeeded: $0) })
    }

    package func keepMuted() async {}

    package func setMuted(_ terms: MuteTerms?) { isMuted.withLock { $0 = terms != nil } }

    package func selfTest(of name: String?) async throws(ErrorMessage) -> SelfTestAnswer {
        SelfTestAnswer(detected: true, keyword: "left", confidence: 0.5, latencyMilliseconds: 120)
    }

    package func activate(_ choice: ModelChoice) async throws(ErrorMessage) -> ActivateAnswer {
        guard choice.version == "2.0.0" else { throw ErrorMessage(.failed, "there is no such model") }
        return ActivateAnswer(model: "commands", modelVersion: "2.0.0", previousVersion: "0.1.0", seconds: 2.345)
    }

    package func answer(_ request: OwnWordRequest) async throws(ErrorMessage) -> any SocketMessage {
        switch request {
        case .list: WordsAnswer(words: [], problems: [])
        case .get(let name, _): WordAnswer(name: name, takes: [])
        case .install: WordChangeAnswer(name: "hey", change: "install_word")
        case .addTake(let name, _, _): WordChangeAnswer(name: name, change: "add_take")
        case .remove(let name): WordChangeAnswer(name: name, change: "remove_word")
        }
    }

    package func answer(_ request: MarkRequest) async throws(ErrorMessage) -> any SocketMessage {
        MarksAnswer(marks: [], keepsSound: false)
    }

    package static let word = WordsAnswer.Word(
        keyword: "left", isOwn: false, isWakeWord: false, isEnabled: true, threshold: 0.82, thresholdScore: 1.52,
        after: ["right"], withinSeconds: 5, asksSecond: true,
        configured: .init(isEnabled: false, threshold: 0.9, thresholdScore: 2.2))

    package func setWord(_ change: WordChange) async throws(ErrorMessage) -> SetWordAnswer {
        SetWordAnswer(word: Self.word, kept: true)
    }

    package func devices() async throws(ErrorMessage) -> DevicesAnswer {
        DevicesAnswer(
            device: "default", configured: "default", devices: [.init(name: "default", description: "A microphone")])
    }

    package func setDevice(_ choice: DeviceChoice) async throws(ErrorMessage) -> SetDeviceAnswer {
        SetDeviceAnswer(device: "default", kept: false)
    }

    package func reload() async throws(ErrorMessage) -> String {
        reloads.withLock { $0 += 1 }
        if let reloadFailure { throw reloadFailure }
        return "nothing changed"
    }
}

package func keyword(_ id: UInt64, _ word: String = "left", device: String = "plughw:CARD=Mic") -> KeywordEvent {
    KeywordEvent(
        id: id,
        HeardWord(
            keyword: word, confidence: 0.97299998, threshold: 0.82,
            timestamp: Timestamp(millisecondsSince1970: 1_795_343_400_123), startSample: 731_200, endSample: 741_760,
            levelDBFS: -31.24),
        model: "commands", modelVersion: "0.1.0", latencyMilliseconds: 118, processingTimeSeconds: 0.0004,
        device: device)
}
