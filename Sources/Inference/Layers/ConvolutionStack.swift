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
        let pointwise: QuantisedLayer

        init(_ name: String, taps: Int, inputs: Int, outputs: Int, from file: Safetensors) throws(ModelError) {
            self.taps = taps
            let rows = try file.values("\(name).depthwise.weight", shape: [inputs, taps])
            depthwise = FloatBuffer((0..<taps).flatMap { tap in (0..<inputs).map { rows[$0 * taps + tap] } })
            pointwise = QuantisedLayer(
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

/// The convolutions over streams. They are unpadded, so each output is computed once, as soon as its last input frame
/// is there, and is the same however the stream is cut.
///
/// One thread; no allocation after `init`.
final class ConvolutionStack {
    /// The steps that each layer still needs of a stream.
    final class Memory {
        let stem: BandStem.Memory
        let blocks: [StepHistory]
        let reduction: StepHistory
        /// All of them.
        private let histories: [StepHistory]

        /// - Parameter maximumFrames: the most frames that one call of `process` gets.
        init(_ shape: ModelDescription.Shape, maximumFrames: Int) {
            let steps = maximumFrames / shape.stemStride + 1
            stem = BandStem.Memory(shape, maximumFrames: maximumFrames)
            blocks = shape.blocks.map { StepHistory(channels: shape.channels, capacity: steps + $0.kernel) }
            reduction = StepHistory(channels: shape.channels, capacity: steps + shape.reduction.kernel)
            histories = stem.histories + blocks + [reduction]
        }

        func reset() { for history in histories { history.removeAll() } }

        func save(to snapshot: inout StreamSnapshot) { for history in histories { history.save(to: &snapshot) } }

        func restore(from snapshot: inout StreamSnapshot.Reader) {
            for history in histories { history.restore(from: &snapshot) }
        }

        fileprivate func input(ofBlock index: Int) -> StepHistory { index < blocks.count ? blocks[index] : reduction }
    }

    private let weights: ConvolutionWeights
    private let shape: ModelDescription.Shape
    private let kernels: any ComputeKernels.Type
    private let stem: BandStem
    /// What a depthwise convolution gives, and the pointwise one after it, of all streams: `[steps][channels]`.
    private let filtered: FloatBuffer
    private let mixed: FloatBuffer

    /// The steps that the latest call completed, `[steps][channels]`, those of one stream after those of another, and how many
    /// are each stream's.
    var steps: (values: UnsafePointer<Float>, counts: [Int]) { (UnsafePointer(mixed.base), counts) }
    private var counts: [Int]

    /// - Parameters:
    ///   - streams: the most streams that one call of `process` gets.
    ///   - maximumFrames: and the most frames of each.
    init(
        _ weights: ConvolutionWeights, description: ModelDescription, kernels: any ComputeKernels.Type, streams: Int,
        maximumFrames: Int
    ) {
        self.weights = weights
        self.kernels = kernels
        shape = description.network
        stem = BandStem(
            weights.stem, description: description, kernels: kernels, streams: streams, maximumFrames: maximumFrames)
        let maximumSteps = streams * (maximumFrames / shape.stemStride + 1)
        filtered = FloatBuffer(count: maximumSteps * shape.channels)
        mixed = FloatBuffer(count: maximumSteps * max(shape.channels, shape.reduction.channels))
        counts = Array(repeating: 0, count: streams)
    }

    /// Steps that one stream gets at most of so many frames.
    static func maximumSteps(of shape: ModelDescription.Shape, frames: Int) -> Int {
        (frames / shape.stemStride + 1) / shape.reduction.stride + 1
    }

    /// Takes `count` frames of each stream; what they complete is in `steps`.
    func process(_ streams: [NetworkStream], count: Int) {
        stem.process(streams, count: count, into: mixed.base, counts: &counts)
        var total = 0
        for (place, stream) in streams.enumerated() {
            stream.convolutions.input(ofBlock: 0).append(counts[place]).update(
                from: mixed.base + total * shape.channels, count: counts[place] * shape.channels)
            total += counts[place]
        }
        for index in weights.blocks.indices { applyBlock(index, streams) }
        applySeparable(weights.reduction, streams, stride: shape.reduction.stride) { $0.reduction }
        for (place, stream) in streams.enumerated() {
            stream.convolutions.reduction.drop(counts[place] * shape.reduction.stride)
        }
        kernels.rectify(mixed.base, count: counts[..<streams.count].reduce(0, +) * shape.reduction.channels)
    }

    private func applyBlock(_ index: Int, _ streams: [NetworkStream]) {
        let block = weights.blocks[index]
        applySeparable(block, streams, stride: 1) { $0.blocks[index] }
        var total = 0
        for (place, stream) in streams.enumerated() {
            let history = stream.convolutions.blocks[index]
            // The residual is the middle tap's step.
            kernels.addAndRectify(
                mixed.base + total * shape.channels, history.base + (block.taps - 1) / 2 * shape.channels,
                into: stream.convolutions.input(ofBlock: index + 1).append(counts[place]),
                count: counts[place] * shape.channels)
            history.drop(counts[place])
            total += counts[place]
        }
    }

    /// Writes `mixed` and `counts`; the histories stay as they are.
    private func applySeparable(
        _ layer: ConvolutionWeights.Separable, _ streams: [NetworkStream], stride: Int,
        _ input: (ConvolutionStack.Memory) -> StepHistory
    ) {
        let channels = shape.channels
        var total = 0
        for (place, stream) in streams.enumerated() {
            let history = input(stream.convolutions)
            counts[place] = outputs(of: history.count, kernel: layer.taps, stride: stride)
            for step in 0..<counts[place] {
                kernels.depthwise(
                    weights: layer.depthwise.base, input: history.base + step * stride * channels, taps: layer.taps,
                    output: filtered.base + (total + step) * channels, channels: channels)
            }
            total += counts[place]
        }
        layer.pointwise.apply(kernels, filtered.base, inputStride: channels, into: mixed.base, lanes: total)
    }
}
