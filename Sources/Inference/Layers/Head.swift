import Models

/// What makes words of a window's embedding: a hidden layer, and the logits.
///
/// One thread; no allocation after `init`.
final class Head {
    final class Weights: Sendable {
        let hidden: QuantisedLayer
        let output: DenseLayer

        init(description: ModelDescription, from file: Safetensors) throws(ModelError) {
            let shape = description.network
            let units = shape.embedding.units
            let inputs = (shape.attention.heads + 1) * shape.lstm.units
            let classes = description.words.count
            hidden = QuantisedLayer(
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

    /// - Parameter windows: how many are classified together at most.
    init(_ weights: Weights, kernels: any ComputeKernels.Type, windows: Int) {
        self.weights = weights
        self.kernels = kernels
        hidden = FloatBuffer(count: windows * weights.hidden.outputs)
        logits = FloatBuffer(count: windows * weights.output.outputs)
    }

    /// From the logits of one window to those of the next.
    var stride: Int { weights.output.outputs }

    /// - Parameter embeddings: `[count][heads + 1][units]`.
    /// - Returns: the logits, one a word, windows `stride` apart, valid until the next call.
    func classify(_ embeddings: UnsafePointer<Float>, count: Int) -> UnsafePointer<Float> {
        weights.hidden.apply(kernels, embeddings, inputStride: weights.hidden.inputs, into: hidden.base, lanes: count)
        kernels.rectify(hidden.base, count: count * weights.hidden.outputs)
        weights.output.apply(kernels, hidden.base, inputStride: weights.hidden.outputs, into: logits.base, lanes: count)
        return UnsafePointer(logits.base)
    }
}
