import Features
import Inference
import Models

/// What all streams of one model that are heard on one thread can share: memory and tables that hold nothing of a stream, and
/// how every stream begins. One thread.
public final class Workbench {
    public let model: Model
    let path: ComputePath
    let transform: CepstralTransform
    /// A frame of features of digital silence.
    let silence: [Float]
    /// The first network, when all of its first window but the last hop was silence.
    let beginning: StreamSnapshot
    /// The second network, which keeps nothing from one question to the next.
    let second: WindowReader?
    /// Of the words that the model was taught; nil if there are none.
    let heads: WordHeads?

    public init(_ model: Model, path: ComputePath = .best) {
        self.model = model
        self.path = path
        let description = model.description
        let transform = CepstralTransform(description.frontEnd)
        let silence = transform.silence
        (self.transform, self.silence) = (transform, silence)
        let stream = NetworkStream(model.network, maximumFrames: description.window.hopFrames, path: path)
        for _ in description.window.hopFrames..<description.window.frames {
            silence.withUnsafeBufferPointer { stream.process($0.baseAddress!, count: 1) { _ in } }
        }
        beginning = stream.snapshot()
        second = model.second.map { WindowReader($0, taught: description.taught, path: path) }
        heads = WordHeads(description.taught.map { ($0.first.weights, $0.first.bias) }, on: model.network, path: path)
    }
}
