import Foundation
import Protocol
import Server
import TestSupport

/// A daemon that hears what a test says, on a real socket.
final class HookDaemon: Sendable {
    let path: String
    private let server: EventServer
    private let running: Task<Void, any Error>

    init(path: String, earlier: [KeywordEvent] = []) async throws {
        self.path = path
        var configuration = EventServer.Configuration(path: path)
        configuration.earlierEvents = earlier
        let server = EventServer(configuration: configuration, source: Source())
        try await server.start()
        self.server = server
        running = Task { try await server.run() }
    }

    func hear(_ word: String, id: UInt64 = 1, secondsAgo: Double = 0) {
        server.publish(Self.keyword(word, id: id, secondsAgo: secondsAgo))
    }

    func stop() async throws {
        server.stop()
        try await running.value
    }

    static func keyword(_ word: String, id: UInt64, secondsAgo: Double = 0) -> KeywordEvent {
        let now = Timestamp.now().millisecondsSince1970
        return KeywordEvent(
            id: id,
            HeardWord(
                keyword: word, confidence: 0.973, threshold: 0.82,
                timestamp: Timestamp(millisecondsSince1970: now - Int64(secondsAgo * 1000)), startSample: 731_200,
                endSample: 741_760, levelDBFS: -31.2),
            model: "commands", modelVersion: "0.1.0", latencyMilliseconds: 118, processingTimeSeconds: 0.0004,
            device: "plughw:CARD=Mic")
    }

    private struct Source: EventSource {
        let started = Timestamp.now()

        func hello() -> HelloMessage {
            HelloMessage(version: "0.1.0", model: "commands", modelVersion: "0.1.0", started: started)
        }

        func status() -> StatusMessage {
            StatusMessage(
                state: .listening, reason: "audio flows", since: started, device: "default",
                keywords: ["left", "right", "$(touch x)"], uptimeSeconds: 12, model: "commands", modelVersion: "0.1.0",
                version: "0.1.0")
        }

        func health() -> HealthReport {
            let check = HealthReport.Check(advancing: true, ageSeconds: 0.01, total: 16_000)
            return HealthReport(
                healthy: true, state: .listening, reason: "audio flows", uptimeSeconds: 12,
                checks: .init(samples: check, frames: check, inferences: check))
        }

        func metrics() -> MetricsReport { MetricsReport() }
        func audio(from position: UInt64, count: Int) -> AudioPiece { .notYet }
        func keepMuted() async {}
        func setMuted(_ terms: MuteTerms?) {}
        func selfTest(of name: String?) async throws(ErrorMessage) -> SelfTestAnswer {
            throw ErrorMessage(.failed, "no clip")
        }
        func activate(_ choice: ModelChoice) async throws(ErrorMessage) -> ActivateAnswer {
            throw ErrorMessage(.failed, "no model")
        }
        func answer(_ request: OwnWordRequest) async throws(ErrorMessage) -> any SocketMessage {
            throw ErrorMessage(.failed, "no words")
        }
        func answer(_ request: MarkRequest) async throws(ErrorMessage) -> any SocketMessage {
            throw ErrorMessage(.failed, "no marks")
        }
        func setWord(_ change: WordChange) async throws(ErrorMessage) -> SetWordAnswer {
            throw ErrorMessage(.failed, "no word")
        }
        func devices() async throws(ErrorMessage) -> DevicesAnswer { throw ErrorMessage(.failed, "no device") }
        func setDevice(_ choice: DeviceChoice) async throws(ErrorMessage) -> SetDeviceAnswer {
            throw ErrorMessage(.failed, "no device")
        }
        func reload() async throws(ErrorMessage) -> String { "nothing changed" }
    }
}
