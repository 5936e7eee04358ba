import Models

/// The weights of the stem: coefficients to bands, convolutions over frames and bands, a projection of all bands. Batch
/// normalisation is already folded into them; the mean and the scale of the coefficients are folded in here, so that every
/// network of one front end takes the same frames.
final class StemWeights: Sendable {
    let bands: DenseLayer
    let convolutions: [DenseLayer]
    let projection: DenseLayer

    init(_ shape: ModelDescription.Shape, coefficients: Int, from file: Safetensors) throws(ModelError) {
        bands = try Self.bands(shape, coefficients: coefficients, from: file)
        var convolutions: [DenseLayer] = []
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
                DenseLayer(
                    rows: ordered, bias: try file.values("stem.\(index).bias", shape: [layer.channels]),
                    inputs: taps * inputs))
            inputs = layer.channels
        }
        self.convolutions = convolutions
        projection = DenseLayer(
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

/// The stem over a stream: frames of coefficients to steps of `channels` numbers.
///
/// The coefficients are turned back into a smooth spectrum, so that convolutions over bands find the same sound at
/// another pitch. One thread; no allocation after `init`.
final class BandStem {
    private let weights: StemWeights
    private let kernels: any ComputeKernels.Type
    private let layers: [BandLayer]
    /// One frame's bands, padded as the kernel writes them.
    private let bands: FloatBuffer
    /// What the last convolution gives: `[steps][bands][channels]`.
    private let outputs: FloatBuffer
    private let bandCount: Int
    private let coefficients: Int

    init(
        _ weights: StemWeights, description: ModelDescription, kernels: any ComputeKernels.Type, maximumFrames: Int
    ) {
        self.weights = weights
        self.kernels = kernels
        let shape = description.network
        bandCount = shape.bands
        coefficients = description.frontEnd.coefficients
        bands = FloatBuffer(count: weights.bands.outputs)
        var maximumSteps = maximumFrames
        var inputs = 1
        layers = shape.stem.enumerated().map { index, layer in
            let made = BandLayer(
                layer, inputChannels: inputs, inputBands: shape.stemBands[index], maximumSteps: maximumSteps)
            maximumSteps = maximumSteps / layer.stride + 1
            inputs = layer.channels
            return made
        }
        outputs = FloatBuffer(count: maximumSteps * shape.stemOutputs)
    }

    func reset() {
        for layer in layers { layer.history.removeAll() }
    }

    func save(to snapshot: inout StreamSnapshot) { for layer in layers { layer.history.save(to: &snapshot) } }

    func restore(from snapshot: inout StreamSnapshot.Reader) {
        for layer in layers { layer.history.restore(from: &snapshot) }
    }

    /// Takes frames `[count][coefficients]` and appends the steps that they complete.
    func process(_ input: UnsafePointer<Float>, count: Int, into output: StepHistory) {
        let first = layers[0].history.append(count)
        for frame in 0..<count {
            weights.bands.apply(
                kernels, input + frame * coefficients, inputStride: coefficients, into: bands.base, lanes: 1)
            (first + frame * layers[0].history.channels + layers[0].margin).update(from: bands.base, count: bandCount)
        }
        for index in layers.indices.dropLast() {
            let next = layers[index + 1]
            let steps = layers[index].completeSteps
            guard steps > 0 else { return }
            let target = next.history.append(steps) + next.margin
            convolve(index, steps: steps, into: target, stride: next.history.channels)
        }
        let last = layers[layers.count - 1]
        let steps = last.completeSteps
        guard steps > 0 else { return }
        convolve(layers.count - 1, steps: steps, into: outputs.base, stride: last.outputCount)
        let target = output.append(steps)
        weights.projection.apply(kernels, outputs.base, inputStride: last.outputCount, into: target, lanes: steps)
        kernels.rectify(target, count: steps * output.channels)
    }

    /// Computes steps of a layer, written `stride` apart.
    private func convolve(_ index: Int, steps: Int, into output: UnsafeMutablePointer<Float>, stride: Int) {
        let layer = layers[index]
        let inputs = weights.convolutions[index].inputs
        for step in 0..<steps {
            layer.gather(from: step * layer.shape.stride)
            let target = output + step * stride
            weights.convolutions[index].apply(
                kernels, layer.patches.base, inputStride: inputs, into: target, lanes: layer.outputBands)
            kernels.rectify(target, count: layer.outputCount)
        }
        layer.history.drop(steps * layer.shape.stride)
    }
}

/// One convolution of the stem and the steps that it still needs, each `[padding + bands + padding][channels]`: the padding
/// is never written, and stays zero.
private final class BandLayer {
    let shape: ModelDescription.Shape.BandConvolution
    let inputChannels: Int
    let outputBands: Int
    let history: StepHistory
    /// What the kernel sees at each band, one after another: `[bands][kernel][kernel][channels]`.
    let patches: FloatBuffer

    init(
        _ shape: ModelDescription.Shape.BandConvolution, inputChannels: Int, inputBands: Int, maximumSteps: Int
    ) {
        self.shape = shape
        self.inputChannels = inputChannels
        outputBands = shape.outputBands(of: inputBands)
        let width = (inputBands + shape.kernel / 2 * 2) * inputChannels
        history = StepHistory(channels: width, capacity: maximumSteps + shape.kernel)
        patches = FloatBuffer(count: outputBands * shape.kernel * shape.kernel * inputChannels)
    }

    /// Where the first band of a step lies behind its padding.
    var margin: Int { shape.kernel / 2 * inputChannels }
    var outputCount: Int { outputBands * shape.channels }
    /// Outputs that the steps in its history complete.
    var completeSteps: Int { outputs(of: history.count, kernel: shape.kernel, stride: shape.stride) }

    func gather(from first: Int) {
        let run = shape.kernel * inputChannels
        var target = patches.base
        for band in 0..<outputBands {
            let start = history.base + band * shape.bandStride * inputChannels
            for tap in 0..<shape.kernel {
                target.update(from: start + (first + tap) * history.channels, count: run)
                target += run
            }
        }
    }
}
