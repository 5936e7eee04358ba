import Audio
import Events
import Hummingbird
import Inference
import NIOPosix
import Spotting
import Synchronization

/// Recognises recordings, on threads of its own: as many at once as there are workers, a few waiting, the rest refused.
final class Recognizer: Sendable {
    let model: Model
    private let policy: DecisionPolicy
    private let longestClipSeconds: Int
    private let longestRecordingSeconds: Int
    private let threads: NIOThreadPool
    private let mostWaiting: Int
    private let pending = Atomic<Int>(0)
    private let idle = Mutex<[Worker]>([])

    /// What a word is looked for with; one thread at a time.
    private final class Worker: @unchecked Sendable {
        let classifier: ClipClassifier
        init(_ model: Model) { classifier = ClipClassifier(model) }
    }

    /// Below this peak, of full scale, a recording holds nothing: -60 dBFS.
    private static let quietestPeak: Float = 0.001
    private static let mostRanked = 5

    init(
        model: Model, policy: DecisionPolicy, workers: Int, longestClipSeconds: Int, longestRecordingSeconds: Int
    ) {
        self.model = model
        self.policy = policy
        self.longestClipSeconds = longestClipSeconds
        self.longestRecordingSeconds = longestRecordingSeconds
        mostWaiting = 16 * workers
        threads = NIOThreadPool(numberOfThreads: workers)
        threads.start()
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// The word of a clip.
    ///
    /// - Throws: ``Problem``.
    func predict(_ upload: Upload) async throws -> Prediction {
        try await work { [self] in
            let began = ContinuousClock.now
            let samples = try read(upload, longestSeconds: longestClipSeconds)
            let worker = idle.withLock { $0.popLast() } ?? Worker(model)
            defer { idle.withLock { $0.append(worker) } }
            let result = worker.classifier.classify(samples)
            return Prediction(
                keyword: result.label, confidence: Double(result.confidence),
                processingTimeSeconds: (ContinuousClock.now - began) / .seconds(1),
                modelVersion: model.description.version, timestamp: .now(),
                top: result.ranking.prefix(Self.mostRanked).map { ($0.label, Double($0.confidence)) })
        }
    }

    /// What was found in a longer recording.
    struct Found: Sendable {
        let detections: [Detection]
        let seconds: Double
        let processingTimeSeconds: Double
    }

    /// Every keyword of a recording, by the daemon's own pipeline.
    ///
    /// - Throws: ``Problem``.
    func spot(_ upload: Upload) async throws -> Found {
        try await work { [self] in
            let began = ContinuousClock.now
            let samples = try read(upload, longestSeconds: longestRecordingSeconds)
            let spotter = Spotter(model, policy: policy)
            var detections: [Detection] = []
            samples.withUnsafeBufferPointer { spotter.process($0) { detections.append($0) } }
            let silence = [Float](repeating: 0, count: model.description.windowSamples)
            silence.withUnsafeBufferPointer { spotter.process($0) { detections.append($0) } }
            return Found(
                detections: detections, seconds: Double(samples.count) / 16000,
                processingTimeSeconds: (ContinuousClock.now - began) / .seconds(1))
        }
    }

    private func work<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        guard pending.add(1, ordering: .relaxed).newValue <= mostWaiting else {
            pending.subtract(1, ordering: .relaxed)
            throw Problem.busy(.serviceUnavailable, "too much is asked for at once; try again", retryAfterSeconds: 1)
        }
        defer { pending.subtract(1, ordering: .relaxed) }
        return try await threads.runIfActive(body)
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
        case .empty, .truncated: self.init(.unprocessableContent, "\(error)")
        case .tooLong: self.init(.unprocessableContent, "\(error), the longest that is taken here")
        }
    }
}
