/// The weights of the convolutional part: a strided convolution over time, residual blocks of depthwise-separable
/// convolutions, and a strided depthwise-separable one. Batch normalisation is already folded into them.
final class ConvolutionWeights: Sendable {
    let stem: DenseLayer
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
        let channels = shape.stem.channels
        let taps = shape.stem.kernel
        let rows = try file.values("stem.weight", shape: [channels, coefficients, taps])
        // From [channel][coefficient][tap] to [channel][tap][coefficient]: the order of frames in memory.
        let ordered = (0..<channels * coefficients * taps).map { index in
            let (channel, rest) = index.quotientAndRemainder(dividingBy: coefficients * taps)
            let (tap, coefficient) = rest.quotientAndRemainder(dividingBy: coefficients)
            return rows[(channel * coefficients + coefficient) * taps + tap]
        }
        stem = DenseLayer(
            rows: ordered, bias: try file.values("stem.bias", shape: [channels]), inputs: coefficients * taps)
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
    private let frames: StepHistory
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
        let channels = shape.stem.channels
        let coefficients = description.frontEnd.coefficients
        let maximumSteps = maximumFrames / shape.stem.stride + 1
        frames = StepHistory(channels: coefficients, capacity: maximumFrames + shape.stem.kernel)
        blockInputs = shape.blocks.map { StepHistory(channels: channels, capacity: maximumSteps + $0.kernel) }
        reductionInput = StepHistory(channels: channels, capacity: maximumSteps + shape.reduction.kernel)
        filtered = FloatBuffer(count: maximumSteps * channels)
    }

    /// Steps of `outputChannels` numbers that `process` gives at most for so many frames.
    static func maximumSteps(of shape: ModelDescription.Shape, frames: Int) -> Int {
        (frames / shape.stem.stride + 1) / shape.reduction.stride + 1
    }

    func reset() {
        frames.removeAll()
        for history in blockInputs { history.removeAll() }
        reductionInput.removeAll()
    }

    /// Takes frames of features and writes the steps that they complete to `output`.
    ///
    /// - Parameter input: `[count][coefficients]`.
    /// - Returns: how many steps were written.
    func process(_ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>) -> Int {
        frames.append(count).update(from: input, count: count * frames.channels)
        applyStem()
        for index in blockInputs.indices { applyBlock(index) }
        return applyReduction(into: output)
    }

    private func input(ofBlock index: Int) -> StepHistory {
        index < blockInputs.count ? blockInputs[index] : reductionInput
    }

    private func applyStem() {
        let steps = Self.outputs(of: frames.count, kernel: shape.stem.kernel, stride: shape.stem.stride)
        guard steps > 0 else { return }
        let output = input(ofBlock: 0).append(steps)
        weights.stem.apply(
            kernels, frames.base, inputStride: shape.stem.stride * frames.channels, into: output, lanes: steps)
        kernels.rectify(output, count: steps * shape.stem.channels)
        frames.drop(steps * shape.stem.stride)
    }

    private func applyBlock(_ index: Int) {
        let block = weights.blocks[index]
        let history = blockInputs[index]
        let steps = Self.outputs(of: history.count, kernel: block.taps, stride: 1)
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
        let steps = Self.outputs(of: reductionInput.count, kernel: shape.reduction.kernel, stride: stride)
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

    private static func outputs(of steps: Int, kernel: Int, stride: Int) -> Int {
        steps < kernel ? 0 : (steps - kernel) / stride + 1
    }
}
