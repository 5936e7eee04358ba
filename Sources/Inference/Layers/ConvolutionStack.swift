import Models

/// The weights of the convolutional part: a stem over frames and bands, residual blocks of depthwise-separable
/// convolutions over time, and a strided depthwise-separable one. Batch normalisation is already folded into them.
final class ConvolutionWeights: Sendable {
    let stem: StemWeights
    let blocks: [Separable]
    let reduction: Separable

    /// A depthwise convolution and the pointwise one that follows it.
    final class Separable: @unchecked Sendable {
        let taps: Int
        let depthwise: FloatBuffer
        let pointwise: DenseLayer

        init(_ name: String, taps: Int, inputs: Int, outputs: Int, from file: Safetensors) throws(ModelError) {
            self.taps = taps
            let rows = try file.values("\(name).depthwise.weight", shape: [inputs, taps])
            depthwise = FloatBuffer((0..<taps).flatMap { tap in (0..<inputs).map { rows[$0 * taps + tap] } })
            pointwise = DenseLayer(
                rows: try file.values("\(name).pointwise.weight", shape: [outputs, inputs]),
                bias: try file.values("\(name).pointwise.bias", shape: [outputs]), inputs: inputs)
        }
    }

    init(_ shape: ModelDescription.Shape, coefficients: Int, from file: Safetensors) throws(ModelError) {
        let channels = shape.channels
        stem = try StemWeights(shape, coefficients: coefficients, from: file)
        var blocks: [Separable] = []
        for (index, block) in shape.blocks.enumerated() {
            blocks.append(
                try Separable(
                    "blocks.\(index)", taps: block.kernel, inputs: channels, outputs: channels, from: file))
        }
        self.blocks = blocks
        reduction = try Separable(
            "reduction", taps: shape.reduction.kernel, inputs: channels, outputs: shape.reduction.channels, from: file)
    }
}

/// The convolutions over a stream. They are unpadded, so each output is computed once, as soon as its last input frame
/// is there, and is the same however the stream is cut.
///
/// One thread; no allocation after `init`.
final class ConvolutionStack {
    private let weights: ConvolutionWeights
    private let shape: ModelDescription.Shape
    private let kernels: any ComputeKernels.Type
    private let stem: BandStem
    private let blockInputs: [StepHistory]
    private let reductionInput: StepHistory
    private let filtered: FloatBuffer

    /// - Parameter maximumFrames: the most frames that one call of `process` gets.
    init(
        _ weights: ConvolutionWeights, description: ModelDescription, kernels: any ComputeKernels.Type,
        maximumFrames: Int
    ) {
        self.weights = weights
        self.kernels = kernels
        shape = description.network
        let channels = shape.channels
        let maximumSteps = maximumFrames / shape.stemStride + 1
        stem = BandStem(weights.stem, description: description, kernels: kernels, maximumFrames: maximumFrames)
        blockInputs = shape.blocks.map { StepHistory(channels: channels, capacity: maximumSteps + $0.kernel) }
        reductionInput = StepHistory(channels: channels, capacity: maximumSteps + shape.reduction.kernel)
        filtered = FloatBuffer(count: maximumSteps * channels)
    }

    /// Steps of `outputChannels` numbers that `process` gives at most for so many frames.
    static func maximumSteps(of shape: ModelDescription.Shape, frames: Int) -> Int {
        (frames / shape.stemStride + 1) / shape.reduction.stride + 1
    }

    func reset() {
        stem.reset()
        for history in blockInputs { history.removeAll() }
        reductionInput.removeAll()
    }

    func save(to snapshot: inout StreamSnapshot) {
        stem.save(to: &snapshot)
        for history in blockInputs { history.save(to: &snapshot) }
        reductionInput.save(to: &snapshot)
    }

    func restore(from snapshot: inout StreamSnapshot.Reader) {
        stem.restore(from: &snapshot)
        for history in blockInputs { history.restore(from: &snapshot) }
        reductionInput.restore(from: &snapshot)
    }

    /// Takes frames of features and writes the steps that they complete to `output`.
    ///
    /// - Parameter input: `[count][coefficients]`.
    /// - Returns: how many steps were written.
    func process(_ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>) -> Int {
        stem.process(input, count: count, into: self.input(ofBlock: 0))
        for index in blockInputs.indices { applyBlock(index) }
        return applyReduction(into: output)
    }

    private func input(ofBlock index: Int) -> StepHistory {
        index < blockInputs.count ? blockInputs[index] : reductionInput
    }

    private func applyBlock(_ index: Int) {
        let block = weights.blocks[index]
        let history = blockInputs[index]
        let steps = outputs(of: history.count, kernel: block.taps, stride: 1)
        guard steps > 0 else { return }
        let output = input(ofBlock: index + 1).append(steps)
        applySeparable(block, history, stride: 1, steps: steps, into: output)
        // The residual is the middle tap's step.
        let middle = history.base + (block.taps - 1) / 2 * history.channels
        kernels.addAndRectify(output, middle, count: steps * history.channels)
        history.drop(steps)
    }

    private func applyReduction(into output: UnsafeMutablePointer<Float>) -> Int {
        let stride = shape.reduction.stride
        let steps = outputs(of: reductionInput.count, kernel: shape.reduction.kernel, stride: stride)
        guard steps > 0 else { return 0 }
        applySeparable(weights.reduction, reductionInput, stride: stride, steps: steps, into: output)
        kernels.rectify(output, count: steps * shape.reduction.channels)
        reductionInput.drop(steps * stride)
        return steps
    }

    private func applySeparable(
        _ layer: ConvolutionWeights.Separable, _ history: StepHistory, stride: Int, steps: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let channels = history.channels
        for step in 0..<steps {
            kernels.depthwise(
                weights: layer.depthwise.base, input: history.base + step * stride * channels, taps: layer.taps,
                output: filtered.base + step * channels, channels: channels)
        }
        layer.pointwise.apply(kernels, filtered.base, inputStride: channels, into: output, lanes: steps)
    }
}
