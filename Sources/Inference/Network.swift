import Models

/// A CNN-LSTM with attention: its weights, checked and laid out for computing. Immutable; any number of streams, on any
/// threads, may share one.
public final class Network: Sendable {
    public let description: ModelDescription

    let convolutions: ConvolutionWeights
    let lstm: RecurrentLanes.Weights
    let attention: AttentionPool.Weights
    let head: Head.Weights
    /// Nil if own words cannot stand on this network.
    let ownWords: WordEmbedding.Weights?

    /// Reads the weights that the description asks for.
    ///
    /// Throws `ModelError.damaged` if one is missing, has another shape or is not finite, or if there is one too many.
    public init(description: ModelDescription, weights file: Safetensors) throws(ModelError) {
        self.description = description
        convolutions = try ConvolutionWeights(
            description.network, coefficients: description.frontEnd.coefficients, from: file)
        lstm = try RecurrentLanes.Weights(
            units: description.network.lstm.units, inputs: description.network.reduction.channels, from: file)
        attention = try AttentionPool.Weights(description.network, from: file)
        head = try Head.Weights(description: description, from: file)
        ownWords = try WordEmbedding.Weights(description: description, from: file)
        let known = Self.tensorNames(description.network).union(
            ownWords == nil ? [] : WordEmbedding.Weights.tensorNames)
        if let surplus = file.names.subtracting(known).min() {
            throw .damaged("the weights hold a tensor that the description lacks: \(surplus)")
        }
    }

    private static func tensorNames(_ shape: ModelDescription.Shape) -> Set<String> {
        let affine = ["weight", "bias"]
        let separable = ["depthwise.weight", "pointwise.weight", "pointwise.bias"]
        var layers = [
            "front_end": ["mean", "scale"], "bands": ["weight"], "projection": affine, "reduction": separable,
            "lstm": ["weight_ih", "weight_hh", "bias"], "attention": ["queries"], "embedding": affine, "output": affine,
        ]
        for index in shape.stem.indices { layers["stem.\(index)"] = affine }
        for index in shape.blocks.indices { layers["blocks.\(index)"] = separable }
        return Set(layers.flatMap { layer, tensors in tensors.map { "\(layer).\($0)" } })
    }
}
