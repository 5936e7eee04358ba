import Models

/// The weights of the stem: coefficients to bands, convolutions over frames and bands, a projection of all bands. Batch
/// normalisation is already folded into them; the mean and the scale of the coefficients are folded in here, so that every
/// network of one front end takes the same frames.
final class StemWeights: Sendable {
    let bands: DenseLayer
    let convolutions: [QuantisedLayer]
    let projection: QuantisedLayer

    init(_ shape: ModelDescription.Shape, coefficients: Int, from file: Safetensors) throws(ModelError) {
        bands = try Self.bands(shape, coefficients: coefficients, from: file)
        var convolutions: [QuantisedLayer] = []
        var inputs = 1
        for (index, layer) in shape.stem.enumerated() {
            let kernel = layer.kernel
            let rows = try file.values("stem.\(index).weight", shape: [layer.channels, inputs, kernel, kernel])
            // From [output][input][tap] to [output][tap][input], the order in memory of the steps that it reads.
            let taps = kernel * kernel
            let ordered = (0..<rows.count).map { position in
                let (output, rest) = position.quotientAndRemainder(dividingBy: taps * inputs)
                let (tap, input) = rest.quotientAndRemainder(dividingBy: inputs)
                return rows[(output * inputs + input) * taps + tap]
            }
            convolutions.append(
                QuantisedLayer(
                    rows: ordered, bias: try file.values("stem.\(index).bias", shape: [layer.channels]),
                    inputs: taps * inputs))
            inputs = layer.channels
        }
        self.convolutions = convolutions
        projection = QuantisedLayer(
            rows: try file.values("projection.weight", shape: [shape.channels, shape.stemOutputs]),
            bias: try file.values("projection.bias", shape: [shape.channels]), inputs: shape.stemOutputs)
    }

    /// W · ((x - mean) ∘ scale) as W' · x + b: W' = W ∘ scale in each row, b = -W' · mean.
    private static func bands(
        _ shape: ModelDescription.Shape, coefficients: Int, from file: Safetensors
    ) throws(ModelError) -> DenseLayer {
        let mean = try file.values("front_end.mean", shape: [coefficients])
        let scale = try file.values("front_end.scale", shape: [coefficients])
        var rows = try file.values("bands.weight", shape: [shape.bands, coefficients])
        var bias = [Float](repeating: 0, count: shape.bands)
        for band in 0..<shape.bands {
            var sum = 0.0
            for index in 0..<coefficients {
                rows[band * coefficients + index] *= scale[index]
                sum -= Double(rows[band * coefficients + index]) * Double(mean[index])
            }
            bias[band] = Float(sum)
        }
        // Numbers that are each finite may not be so together.
        guard (rows + bias).allSatisfy(\.isFinite) else {
            throw .damaged("front_end.mean and front_end.scale are out of all measure")
        }
        return DenseLayer(rows: rows, bias: bias, inputs: coefficients)
    }
}

/// The stem: frames of coefficients to steps of `channels` numbers.
///
/// The coefficients are turned back into a smooth spectrum, so that convolutions over bands find the same sound at
/// another pitch. One thread; no allocation after `init`.
final class BandStem {
    /// The steps that each convolution still needs of a stream.
    final class Memory {
        let histories: [StepHistory]

        init(_ shape: ModelDescription.Shape, maximumFrames: Int) {
            histories = zip(BandConvolution.all(shape), BandConvolution.maximumSteps(shape, frames: maximumFrames)).map
            {
                StepHistory(channels: $0.inputWidth, capacity: $1 + $0.kernel)
            }
        }
    }

    private let weights: StemWeights
    private let kernels: any ComputeKernels.Type
    private let layers: [BandConvolution]
    private let coefficients: Int
    private let bandCount: Int
    /// Of one stream's frames, as the kernel writes them: `[frames][bands.outputs]`.
    private let bands: FloatBuffer
    /// What a kernel sees of one stream at each step and band, one after another: `[steps][bands][kernel][kernel][channels]`.
    private let patches: FloatBuffer
    /// What a convolution gives the next one of one stream, and what the last one gives of all streams:
    /// `[steps][bands][channels]`.
    private let between: FloatBuffer
    private let outputs: FloatBuffer

    init(
        _ weights: StemWeights, description: ModelDescription, kernels: any ComputeKernels.Type, streams: Int,
        maximumFrames: Int
    ) {
        self.weights = weights
        self.kernels = kernels
        let shape = description.network
        layers = BandConvolution.all(shape)
        coefficients = description.frontEnd.coefficients
        bandCount = shape.bands
        let steps = Array(BandConvolution.maximumSteps(shape, frames: maximumFrames).dropFirst())
        bands = FloatBuffer(count: maximumFrames * weights.bands.outputs)
        patches = FloatBuffer(count: zip(layers, steps).map { $0.patchCount * $1 }.max() ?? 0)
        between = FloatBuffer(count: zip(layers, steps).dropLast().map { $0.outputCount * $1 }.max() ?? 0)
        outputs = FloatBuffer(count: streams * (steps.last ?? 0) * shape.stemOutputs)
    }

    /// Takes the streams' frames, `count` of each, and writes the steps that they complete, `[steps][channels]`, those of one
    /// stream after those of another; how many each completes is told in `counts`.
    func process(
        _ streams: [NetworkStream], count: Int, into output: UnsafeMutablePointer<Float>, counts: inout [Int]
    ) {
        var total = 0
        for (place, stream) in streams.enumerated() {
            let histories = stream.convolutions.stem.histories
            addBands(of: stream.frames!, count: count, to: histories[0])
            for index in layers.indices.dropLast() {
                let steps = convolve(index, histories[index], into: between.base)
                let (layer, next) = (layers[index], layers[index + 1])
                let target = histories[index + 1].append(steps)
                for step in 0..<steps {
                    (target + step * next.inputWidth + next.margin).update(
                        from: between.base + step * layer.outputCount, count: layer.outputCount)
                }
            }
            counts[place] = convolve(
                layers.count - 1, histories[layers.count - 1], into: outputs.base + total * weights.projection.inputs)
            total += counts[place]
        }
        weights.projection.apply(
            kernels, outputs.base, inputStride: weights.projection.inputs, into: output, lanes: total)
        kernels.rectify(output, count: total * weights.projection.outputs)
    }

    private func addBands(of frames: UnsafePointer<Float>, count: Int, to history: StepHistory) {
        weights.bands.apply(kernels, frames, inputStride: coefficients, into: bands.base, lanes: count)
        let target = history.append(count) + layers[0].margin
        for frame in 0..<count {
            (target + frame * history.channels).update(
                from: bands.base + frame * weights.bands.outputs, count: bandCount)
        }
    }

    /// Computes the steps of a layer that a stream completes, and returns how many those are.
    private func convolve(_ index: Int, _ history: StepHistory, into output: UnsafeMutablePointer<Float>) -> Int {
        let layer = layers[index]
        let steps = Models.outputs(of: history.count, kernel: layer.kernel, stride: layer.stride)
        guard steps > 0 else { return 0 }
        layer.gather(history.base, steps: steps, into: patches.base)
        weights.convolutions[index].apply(
            kernels, patches.base, inputStride: weights.convolutions[index].inputs, into: output,
            lanes: steps * layer.outputBands)
        kernels.rectify(output, count: steps * layer.outputCount)
        history.drop(steps * layer.stride)
        return steps
    }
}

/// One convolution of the stem. The steps that it reads are each `[padding + bands + padding][channels]`: the padding is never
/// written, and stays zero.
private struct BandConvolution {
    let kernel: Int
    let stride: Int
    let bandStride: Int
    let inputChannels: Int
    let inputBands: Int
    let outputBands: Int
    let channels: Int

    static func all(_ shape: ModelDescription.Shape) -> [BandConvolution] {
        var inputs = 1
        return zip(shape.stem, shape.stemBands).map { layer, bands in
            defer { inputs = layer.channels }
            return BandConvolution(
                kernel: layer.kernel, stride: layer.stride, bandStride: layer.bandStride, inputChannels: inputs,
                inputBands: bands, outputBands: layer.outputBands(of: bands), channels: layer.channels)
        }
    }

    /// Steps that each gets at most for so many frames, and that the last one gives.
    static func maximumSteps(_ shape: ModelDescription.Shape, frames: Int) -> [Int] {
        shape.stem.reduce(into: [frames]) { steps, layer in steps.append(steps[steps.count - 1] / layer.stride + 1) }
    }

    /// Numbers of one step that it reads, and where the first band lies behind its padding.
    var inputWidth: Int { (inputBands + kernel / 2 * 2) * inputChannels }
    var margin: Int { kernel / 2 * inputChannels }
    /// Numbers of one step that it gives, and of what it sees for that.
    var outputCount: Int { outputBands * channels }
    var patchCount: Int { outputBands * kernel * kernel * inputChannels }

    func gather(_ input: UnsafePointer<Float>, steps: Int, into patches: UnsafeMutablePointer<Float>) {
        let run = kernel * inputChannels
        var target = patches
        for step in 0..<steps {
            for band in 0..<outputBands {
                let start = input + step * stride * inputWidth + band * bandStride * inputChannels
                for tap in 0..<kernel {
                    let row = start + tap &* inputWidth
                    // Some numbers only: a call would take longer than they do.
                    for index in 0..<run { target[index] = row[index] }
                    target += run
                }
            }
        }
    }
}
