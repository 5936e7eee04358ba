import Models

/// What own words are linear in: a window as a vector of length 1, near to those of windows with the same word, whichever
/// word that is. With the states s that a ``NetworkStream`` gives of a window, v = P · s + o and e = v / |v|.
///
/// One thread; no allocation after `init`.
public final class WordEmbedding {
    final class Weights: Sendable {
        let projection: DenseLayer
        let size: Int

        /// Nil if the description speaks of none.
        init?(description: ModelDescription, from file: Safetensors) throws(ModelError) {
            guard let size = description.ownWords?.size else { return nil }
            self.size = size
            let inputs = (description.network.attention.heads + 1) * description.network.lstm.units
            projection = DenseLayer(
                rows: try file.values("own_words.projection", shape: [size, inputs]),
                bias: try file.values("own_words.offset", shape: [size]), inputs: inputs)
        }

        static let tensorNames: Set<String> = ["own_words.projection", "own_words.offset"]
    }

    private let weights: Weights
    private let kernels: any ComputeKernels.Type
    private let vector: FloatBuffer

    /// How many numbers it has.
    public var size: Int { weights.size }

    /// Nil if the network gives none.
    public init?(_ network: Network, path: ComputePath = .best) {
        guard let weights = network.ownWords else { return nil }
        self.weights = weights
        kernels = path.kernels
        vector = FloatBuffer(count: weights.projection.outputs)
    }

    /// The vector of a window, valid until the next call.
    ///
    /// - Parameter states: ``NetworkStream/embedding``.
    public func embed(_ states: UnsafeBufferPointer<Float>) -> UnsafeBufferPointer<Float> {
        precondition(states.count == weights.projection.inputs, "a window of another network")
        weights.projection.apply(kernels, states.baseAddress!, inputStride: 0, into: vector.base, lanes: 1)
        var squares: Float = 0
        for index in 0..<size { squares += vector.base[index] * vector.base[index] }
        let scale = 1 / max(squares.squareRoot(), .leastNormalMagnitude)
        for index in 0..<size { vector.base[index] *= scale }
        return UnsafeBufferPointer(start: vector.base, count: size)
    }
}
