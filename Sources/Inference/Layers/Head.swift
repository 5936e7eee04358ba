import Models

/// What makes words of a window's embedding: a hidden layer, and the logits.
///
/// One thread; no allocation after `init`.
final class Head {
    final class Weights: Sendable {
        let hidden: DenseLayer
        let output: DenseLayer

        init(description: ModelDescription, from file: Safetensors) throws(ModelError) {
            let shape = description.network
            let units = shape.embedding.units
            let inputs = (shape.attention.heads + 1) * shape.lstm.units
            let classes = description.words.count
            hidden = DenseLayer(
                rows: try file.values("embedding.weight", shape: [units, inputs]),
                bias: try file.values("embedding.bias", shape: [units]), inputs: inputs)
            output = DenseLayer(
                rows: try file.values("output.weight", shape: [classes, units]),
                bias: try file.values("output.bias", shape: [classes]), inputs: units)
        }
    }

    private let weights: Weights
    private let kernels: any ComputeKernels.Type
    private let hidden: FloatBuffer
    private let logits: FloatBuffer

    init(_ weights: Weights, kernels: any ComputeKernels.Type) {
        self.weights = weights
        self.kernels = kernels
        hidden = FloatBuffer(count: weights.hidden.outputs)
        logits = FloatBuffer(count: weights.output.outputs)
    }

    /// - Parameter embedding: `[heads + 1][units]`.
    /// - Returns: the logits, one a word, valid until the next call.
    func classify(_ embedding: UnsafePointer<Float>) -> UnsafePointer<Float> {
        weights.hidden.apply(kernels, embedding, inputStride: 0, into: hidden.base, lanes: 1)
        kernels.rectify(hidden.base, count: weights.hidden.outputs)
        weights.output.apply(kernels, hidden.base, inputStride: 0, into: logits.base, lanes: 1)
        return UnsafePointer(logits.base)
    }
}
