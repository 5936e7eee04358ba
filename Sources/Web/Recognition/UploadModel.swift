import Models
import Spotting
import Synchronization

/// A model that recordings are recognised with, and the buffers of those who do. Any thread.
final class UploadModel: Sendable {
    let model: Model
    let policy: DecisionPolicy
    private let idle = Mutex<[Worker]>([])

    /// What words are looked for with; one thread at a time.
    private final class Worker: @unchecked Sendable {
        let classifier: ClipClassifier
        private(set) lazy var spotter = Spotter(model, policy: policy)
        private let model: Model
        private let policy: DecisionPolicy

        init(_ model: Model, policy: DecisionPolicy) {
            (self.model, self.policy) = (model, policy)
            classifier = ClipClassifier(model)
        }
    }

    init(_ model: Model, policy: DecisionPolicy) {
        self.model = model
        self.policy = policy
    }

    var version: String { model.description.version }

    /// The label of a clip, on the calling thread.
    func classify(_ samples: [Float]) -> ClipClassifier.Result {
        withWorker { $0.classifier.classify(samples) }
    }

    /// Every word of a recording, on the calling thread.
    func spot(_ samples: [Float]) -> [Detection] {
        withWorker { $0.spotter.detections(in: samples) }
    }

    private func withWorker<Result>(_ body: (Worker) -> Result) -> Result {
        let worker = idle.withLock { $0.popLast() } ?? Worker(model, policy: policy)
        defer { idle.withLock { $0.append(worker) } }
        return body(worker)
    }
}
