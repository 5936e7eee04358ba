/// The scores of own words in a window: w · e + b of each, with its embedding e, all in one product.
///
/// One thread; no allocation after `init`.
public final class WordHeads {
    private let embedding: WordEmbedding
    private let heads: DenseLayer
    private let kernels: any ComputeKernels.Type
    private let scores: FloatBuffer
    private let count: Int

    /// Nil if there are no heads, or the network has no embedding.
    ///
    /// - Parameter heads: each with as many weights as the embedding has numbers.
    public init?(_ heads: [(weights: [Float], bias: Float)], on network: Network, path: ComputePath = .best) {
        guard !heads.isEmpty, let embedding = WordEmbedding(network, path: path) else { return nil }
        precondition(heads.allSatisfy { $0.weights.count == embedding.size }, "a head of another embedding")
        self.embedding = embedding
        self.heads = DenseLayer(rows: heads.flatMap(\.weights), bias: heads.map(\.bias), inputs: embedding.size)
        kernels = path.kernels
        scores = FloatBuffer(count: self.heads.outputs)
        count = heads.count
    }

    /// The score of each word, in log-odds, valid until the next call.
    ///
    /// - Parameter states: ``NetworkStream/embedding``.
    public func score(_ states: UnsafeBufferPointer<Float>) -> UnsafeBufferPointer<Float> {
        heads.apply(kernels, embedding.embed(states).baseAddress!, inputStride: 0, into: scores.base, lanes: 1)
        return UnsafeBufferPointer(start: scores.base, count: count)
    }
}
