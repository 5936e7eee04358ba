import Audio
import Glibc
import Hummingbird
import Models
import NIOPosix
import Protocol
import Spotting
import Synchronization
import Time

/// Recognises recordings, on threads of its own: as many at once as there are workers, a few waiting, of one client half
/// of them, the rest refused.
final class Recognizer: Sendable {
    private let models: Mutex<Models>
    private let longestClipSeconds: Int
    private let longestRecordingSeconds: Int
    private let threads: NIOThreadPool
    private let places: Allotment

    private struct Models {
        var active: UploadModel
        var candidate: Candidate?
    }

    /// A model that is tried on a part of the clients.
    struct Candidate: Sendable {
        fileprivate(set) var model: UploadModel
        let percent: Int
    }

    /// Below this peak, of full scale, a recording holds nothing: -60 dBFS.
    private static let quietestPeak: Float = 0.001
    private static let mostRanked = 5
    private static let niceness: Int32 = 10
    /// What is done for no client.
    private static let itself = ""

    init(
        _ model: UploadModel, candidate: Candidate?, workers: Int, longestClipSeconds: Int, longestRecordingSeconds: Int
    ) {
        models = Mutex(Models(active: model, candidate: candidate))
        self.longestClipSeconds = longestClipSeconds
        self.longestRecordingSeconds = longestRecordingSeconds
        places = Allotment(total: 32 * workers, perClient: 16 * workers)
        threads = NIOThreadPool(numberOfThreads: workers)
        threads.start()
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// The model of those who take part in no trial.
    var active: UploadModel { models.withLock { $0.active } }

    /// The model that is tried, if there is one.
    var candidate: Candidate? { models.withLock { $0.candidate } }

    /// Uses another model from the next recording on; what is being recognised is finished with the one before.
    func activate(_ model: UploadModel) { models.withLock { $0.active = model } }

    /// Has both models know other words of one's own from the next recording on, also one that takes another's place meanwhile.
    ///
    /// - Parameter teach: gives the model with those words.
    /// - Throws: ``Problem``, or what `teach` throws.
    func teach(_ teach: @escaping @Sendable (Model) throws -> UploadModel) async throws {
        var isDone = false
        while !isDone {
            let before = models.withLock { $0 }
            let (active, candidate) = try await work(for: Self.itself) {
                (try teach(before.active.model), try before.candidate.map { try teach($0.model.model) })
            }
            isDone = models.withLock { models in
                guard models.active === before.active else { return false }
                models.active = active
                if let candidate { models.candidate?.model = candidate }
                return true
            }
        }
    }

    /// The model for a client: always the same one for the same client.
    private func model(for client: String) -> UploadModel {
        let models = models.withLock { $0 }
        guard let candidate = models.candidate, share(of: client) < candidate.percent else { return models.active }
        return candidate.model
    }

    /// 0 to 99, spread evenly, and the same after a restart.
    private func share(of client: String) -> Int {
        Int(sha256(Array(client.utf8)).prefix(15), radix: 16)! % 100
    }

    /// The word of a clip.
    ///
    /// - Throws: ``Problem``.
    func predict(_ upload: Upload, for client: String) async throws -> Prediction {
        let model = model(for: client)
        return try await work(for: client) { [self] in
            let began = ContinuousClock.now
            let samples = try read(upload, longestSeconds: longestClipSeconds)
            let result = model.classify(samples)
            return Prediction(
                keyword: result.label, confidence: Double(result.confidence),
                processingTimeSeconds: (ContinuousClock.now - began) / .seconds(1),
                modelVersion: model.version, timestamp: .now(),
                top: result.ranking.prefix(Self.mostRanked).map { ($0.label, Double($0.confidence)) })
        }
    }

    /// What was found in a longer recording.
    struct Found: Sendable {
        let detections: [Detection]
        let model: Model
        let seconds: Double
        let processingTimeSeconds: Double
    }

    /// Every keyword of a recording, by the daemon's own pipeline.
    ///
    /// - Throws: ``Problem``.
    func spot(_ upload: Upload, for client: String) async throws -> Found {
        let chosen = model(for: client)
        return try await work(for: client) { [self] in
            let began = ContinuousClock.now
            let samples = try read(upload, longestSeconds: longestRecordingSeconds)
            return Found(
                detections: chosen.spot(samples), model: chosen.model, seconds: SampleRate.seconds(samples.count),
                processingTimeSeconds: (ContinuousClock.now - began) / .seconds(1))
        }
    }

    /// What `body` makes of a recording and the model of those who take part in no trial, on a thread that recognises.
    ///
    /// - Throws: ``Problem``, or what `body` throws.
    func hear<Result: Sendable>(
        _ upload: Upload, longestSeconds: Int, for client: String,
        _ body: @escaping @Sendable (Model, [Float]) throws -> Result
    ) async throws -> Result {
        let model = active.model
        return try await work(for: client) { [self] in try body(model, read(upload, longestSeconds: longestSeconds)) }
    }

    /// Returns once a thread that recognises had time for it.
    func answer() async throws { try await threads.runIfActive {} }

    /// Has a thread that recognises do something.
    ///
    /// - Throws: ``Problem`` where too much is asked for at once, or what `body` throws.
    func work<Result: Sendable>(
        for client: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        guard places.take(for: client) == .granted else {
            throw Problem.busy(.serviceUnavailable, "too much is asked for at once; try again", retryAfterSeconds: 1)
        }
        defer { places.give(of: client) }
        return try await threads.runIfActive {
            // This thread's alone (0): recordings shall not make others wait. Where that is not allowed, they may.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            return try body()
        }
    }

    private func read(_ upload: Upload, longestSeconds: Int) throws(Problem) -> [Float] {
        let samples: [Float]
        do throws(AudioError) {
            let file = try AudioFile(bytes: upload.content ?? [], name: upload.name)
            samples = try MonoReader(file).readAll(longestSeconds: longestSeconds)
        } catch {
            throw Problem(error)
        }
        guard samples.contains(where: { abs($0) >= Self.quietestPeak }) else {
            throw Problem(
                .unprocessableContent,
                "\(upload.name): silent, nothing in it is louder than -60 dBFS; check the microphone")
        }
        return samples
    }
}

extension Problem {
    /// What is wrong with a recording.
    fileprivate init(_ error: AudioError) {
        switch error {
        case .notAudio, .unsupported, .notFound, .unreadable: self.init(.unsupportedMediaType, "\(error)")
        case .foreign:
            self.init(.unsupportedMediaType, "\(error), or open it in the page, where the browser reads it")
        case .empty, .truncated: self.init(.unprocessableContent, "\(error)")
        case .tooLong: self.init(.unprocessableContent, "\(error), the longest that is taken here")
        }
    }
}
