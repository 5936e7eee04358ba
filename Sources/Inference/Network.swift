/// A CNN-LSTM with attention: its weights, checked and laid out for computing. Immutable; any number of streams, on any
/// threads, may share one.
public final class Network: Sendable {
    public let description: ModelDescription
    /// Mean of each coefficient over the training data, subtracted first: `[coefficients]`.
    public let featureMean: [Float]
    /// What each coefficient is multiplied by afterwards (one over its standard deviation): `[coefficients]`.
    public let featureScale: [Float]

    let convolutions: ConvolutionWeights
    let lstm: RecurrentLanes.Weights
    let classifier: AttentionClassifier.Weights

    /// Reads the weights that the description asks for.
    ///
    /// Throws `ModelError.damaged` if one is missing, has another shape or is not finite, or if there is one too many.
    public init(description: ModelDescription, weights file: Safetensors) throws(ModelError) {
        self.description = description
        let coefficients = description.frontEnd.coefficients
        featureMean = try file.values("front_end.mean", shape: [coefficients])
        featureScale = try file.values("front_end.scale", shape: [coefficients])
        convolutions = try ConvolutionWeights(description.network, coefficients: coefficients, from: file)
        lstm = try RecurrentLanes.Weights(
            units: description.network.lstm.units, inputs: description.network.reduction.channels, from: file)
        classifier = try AttentionClassifier.Weights(description: description, from: file)
        if let surplus = file.names.subtracting(Self.tensorNames(blocks: description.network.blocks.count)).min() {
            throw .damaged("the weights hold a tensor that the description lacks: \(surplus)")
        }
    }

    private static func tensorNames(blocks: Int) -> Set<String> {
        let separable = ["depthwise.weight", "pointwise.weight", "pointwise.bias"]
        let layers = [
            "front_end": ["mean", "scale"], "stem": ["weight", "bias"], "reduction": separable,
            "lstm": ["weight_ih", "weight_hh", "bias"], "attention": ["queries"],
            "embedding": ["weight", "bias"], "output": ["weight", "bias"],
        ].merging((0..<blocks).map { ("blocks.\($0)", separable) }) { first, _ in first }
        return Set(layers.flatMap { layer, tensors in tensors.map { "\(layer).\($0)" } })
    }

    /// Multiply-accumulates that one hop of a stream costs, from the sizes of the layers.
    public var multiplyAccumulatesPerHop: Int {
        let shape = description.network
        let channels = shape.stem.channels
        let stemSteps = description.window.hopFrames / shape.stem.stride
        let units = shape.lstm.units
        let lanes = (description.windowSteps + description.hopSteps - 1) / description.hopSteps
        var total = stemSteps * channels * shape.stem.kernel * description.frontEnd.coefficients
        for block in shape.blocks { total += stemSteps * channels * (block.kernel + channels) }
        total += description.hopSteps * channels * (shape.reduction.kernel + shape.reduction.channels)
        total += description.hopSteps * 4 * units * (shape.reduction.channels + lanes * units)
        let heads = shape.attention.heads
        total += 2 * heads * description.windowSteps * units
        total += shape.embedding.units * ((heads + 1) * units + description.words.count)
        return total
    }
}
