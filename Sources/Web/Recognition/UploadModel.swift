import Models
import Spotting
import Synchronization

/// A model that recordings are recognised with, and the buffers of those who do. Any thread.
final class UploadModel: Sendable {
    let model: Model
    let policy: DecisionPolicy
    private let idle = Mutex<[Worker]>([])

    /// What a word is looked for with; one thread at a time.
    private final class Worker: @unchecked Sendable {
        let classifier: ClipClassifier
        init(_ model: Model) { classifier = ClipClassifier(model) }
    }

    init(_ model: Model, policy: DecisionPolicy) {
        self.model = model
        self.policy = policy
    }

    var version: String { model.description.version }

    /// The label of a clip, on the calling thread.
    func classify(_ samples: [Float]) -> ClipClassifier.Result {
        let worker = idle.withLock { $0.popLast() } ?? Worker(model)
        defer { idle.withLock { $0.append(worker) } }
        return worker.classifier.classify(samples)
    }
}
