import Glibc
import Kernels
import Models

/// Attention pooling over a window's LSTM outputs, a dense embedding, and the logits.
///
/// Each head has a learned query q and pools the outputs h with weights softmax(q · h / √units); the heads and the last
/// output together give the embedding.
///
/// One thread; no allocation after `init`.
final class AttentionClassifier {
    final class Weights: Sendable {
        let queries: DenseLayer
        let embedding: DenseLayer
        let output: DenseLayer
        let heads: Int

        init(description: ModelDescription, from file: Safetensors) throws(ModelError) {
            let units = description.network.lstm.units
            let embeddingUnits = description.network.embedding.units
            let classes = description.words.count
            heads = description.network.attention.heads
            let pooled = (heads + 1) * units
            queries = DenseLayer(
                rows: try file.values("attention.queries", shape: [heads, units]), bias: [], inputs: units)
            embedding = DenseLayer(
                rows: try file.values("embedding.weight", shape: [embeddingUnits, pooled]),
                bias: try file.values("embedding.bias", shape: [embeddingUnits]), inputs: pooled)
            output = DenseLayer(
                rows: try file.values("output.weight", shape: [classes, embeddingUnits]),
                bias: try file.values("output.bias", shape: [classes]), inputs: embeddingUnits)
        }
    }

    private let weights: Weights
    private let kernels: any ComputeKernels.Type
    private let steps: Int
    private let units: Int
    private let scores: FloatBuffer
    private let pooled: FloatBuffer
    private let embedded: FloatBuffer
    private let logits: FloatBuffer

    /// How much each step of the latest window counted, the mean over the heads: `[windowSteps]`, sum 1.
    let attention: FloatBuffer
    private let headAttention: FloatBuffer

    init(_ weights: Weights, description: ModelDescription, kernels: any ComputeKernels.Type) {
        self.weights = weights
        self.kernels = kernels
        steps = description.windowSteps
        units = description.network.lstm.units
        scores = FloatBuffer(count: steps * weights.queries.outputs)
        pooled = FloatBuffer(count: weights.embedding.inputs)
        embedded = FloatBuffer(count: weights.embedding.outputs)
        logits = FloatBuffer(count: weights.output.outputs)
        attention = FloatBuffer(count: steps)
        headAttention = FloatBuffer(count: steps)
    }

    /// - Parameter outputs: `[windowSteps][units]`.
    /// - Returns: the logits, one a word, valid until the next call.
    func classify(_ outputs: UnsafePointer<Float>) -> UnsafePointer<Float> {
        weights.queries.apply(kernels, outputs, inputStride: units, into: scores.base, lanes: steps)
        attention.zero()
        for head in 0..<weights.heads {
            softmax(head)
            kernels.weightedSum(
                coefficients: headAttention.base, input: outputs, count: steps,
                output: pooled.base + head * units, channels: units)
            for step in 0..<steps { attention.base[step] += headAttention.base[step] / Float(weights.heads) }
        }
        (pooled.base + weights.heads * units).update(from: outputs + (steps - 1) * units, count: units)
        weights.embedding.apply(kernels, pooled.base, inputStride: 0, into: embedded.base, lanes: 1)
        kernels.rectify(embedded.base, count: weights.embedding.outputs)
        weights.output.apply(kernels, embedded.base, inputStride: 0, into: logits.base, lanes: 1)
        return UnsafePointer(logits.base)
    }

    private func softmax(_ head: Int) {
        let stride = weights.queries.outputs
        let scale = 1 / Float(units).squareRoot()
        var highest = -Float.infinity
        for step in 0..<steps { highest = max(highest, scores.base[step * stride + head]) }
        var sum: Float = 0
        for step in 0..<steps {
            let weight = expf((scores.base[step * stride + head] - highest) * scale)
            headAttention.base[step] = weight
            sum += weight
        }
        for step in 0..<steps { headAttention.base[step] /= sum }
    }
}
