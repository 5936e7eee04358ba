import Glibc
import Models

/// Attention pooling over the LSTM's outputs of all windows that are open at once, each output added as it comes.
///
/// Each head has a learned query q and pools the outputs h with weights softmax(q · h / √units). The sums are kept relative
/// to the highest score so far (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax"), so that no output
/// need be kept until its window ends. The heads and the last output together are the window's embedding.
///
/// One thread; no allocation after `init`.
final class AttentionPool {
    final class Weights: Sendable {
        let queries: DenseLayer
        let heads: Int
        let units: Int

        init(_ shape: ModelDescription.Shape, from file: Safetensors) throws(ModelError) {
            units = shape.lstm.units
            heads = shape.attention.heads
            queries = DenseLayer(
                rows: try file.values("attention.queries", shape: [heads, units]), bias: [], inputs: units)
        }
    }

    /// The sums of a stream's windows.
    final class Memory {
        /// Of all outputs: `[lanes][steps][heads]`.
        fileprivate let scores: FloatBuffer
        /// The highest of them, and the sum of what the weights are relative to it: `[lanes][heads]`.
        fileprivate let highest: FloatBuffer
        fileprivate let sums: FloatBuffer
        /// `[lanes][heads][units]`.
        fileprivate let pooled: FloatBuffer

        init(_ description: ModelDescription, lanes: Int) {
            let places = lanes * description.network.attention.heads
            scores = FloatBuffer(count: places * description.windowSteps)
            highest = FloatBuffer(count: places)
            sums = FloatBuffer(count: places)
            pooled = FloatBuffer(count: places * description.network.lstm.units)
        }

        func save(to snapshot: inout StreamSnapshot) {
            snapshot.add(scores.reference)
            snapshot.add(highest.reference)
            snapshot.add(sums.reference)
            snapshot.add(pooled.reference)
        }

        func restore(from snapshot: inout StreamSnapshot.Reader) {
            snapshot.read(into: scores.reference)
            snapshot.read(into: highest.reference)
            snapshot.read(into: sums.reference)
            snapshot.read(into: pooled.reference)
        }
    }

    private let weights: Weights
    private let kernels: any ComputeKernels.Type
    private let steps: Int
    private let scale: Float
    /// Of the latest outputs: `[lanes][queries.outputs]`.
    private let products: FloatBuffer

    init(_ weights: Weights, steps: Int, lanes: Int, kernels: any ComputeKernels.Type) {
        self.weights = weights
        self.kernels = kernels
        self.steps = steps
        scale = 1 / Float(weights.units).squareRoot()
        products = FloatBuffer(count: lanes * weights.queries.outputs)
    }

    /// `[heads + 1][units]`.
    var embeddingCount: Int { (weights.heads + 1) * weights.units }

    /// Scores the latest outputs `[lanes][units]` of a stream, before they are added.
    func score(_ outputs: UnsafePointer<Float>, lanes: Int) {
        weights.queries.apply(kernels, outputs, inputStride: weights.units, into: products.base, lanes: lanes)
    }

    /// Adds the output that was just scored to a lane's window, as its step of that number.
    func add(_ output: UnsafePointer<Float>, lane: Int, step: Int, to stream: Memory) {
        for head in 0..<weights.heads {
            let score = products.base[lane * weights.queries.outputs + head] * scale
            stream.scores.base[(lane * steps + step) * weights.heads + head] = score
            let place = lane * weights.heads + head
            let before = step == 0 ? -.infinity : stream.highest.base[place]
            let now = max(before, score)
            // One of them is 1; before the first there is nothing to be kept.
            let (kept, weight) = (expf(before - now), expf(score - now))
            stream.highest.base[place] = now
            stream.sums.base[place] = kept * stream.sums.base[place] + weight
            kernels.add(
                output, weight: weight, to: stream.pooled.base + place * weights.units, kept: kept, count: weights.units
            )
        }
    }

    /// Closes a lane's window.
    ///
    /// - Parameters:
    ///   - last: the last output that was added.
    ///   - embedding: written, `[heads + 1][units]`.
    ///   - attention: written, `[steps]`: how much each step counted, the mean over the heads, sum 1.
    func finish(
        _ lane: Int, of stream: Memory, last: UnsafePointer<Float>, embedding: UnsafeMutablePointer<Float>,
        attention: UnsafeMutablePointer<Float>
    ) {
        let units = weights.units
        attention.update(repeating: 0, count: steps)
        for head in 0..<weights.heads {
            let place = lane * weights.heads + head
            let target = embedding + head * units
            target.update(repeating: 0, count: units)
            kernels.add(
                stream.pooled.base + place * units, weight: 1 / stream.sums.base[place], to: target, kept: 0,
                count: units)
            for step in 0..<steps {
                let score = stream.scores.base[(lane * steps + step) * weights.heads + head]
                attention[step] +=
                    expf(score - stream.highest.base[place]) / stream.sums.base[place] / Float(weights.heads)
            }
        }
        (embedding + weights.heads * units).update(from: last, count: units)
    }
}
