import Models

extension Network {
    /// Multiply-accumulates that one hop of a stream costs, from the sizes of the layers.
    public var multiplyAccumulatesPerHop: Int {
        let lanes = (description.windowSteps + description.hopSteps - 1) / description.hopSteps
        return convolutionCost(frames: description.window.hopFrames) { steps, _, stride in steps / stride }
            + recurrentCost(steps: description.hopSteps, lanes: lanes) + classificationCost
    }

    /// Multiply-accumulates of one window computed from nothing.
    public var multiplyAccumulatesPerWindow: Int {
        convolutionCost(frames: description.window.frames, outputs)
            + recurrentCost(steps: description.windowSteps, lanes: 1) + classificationCost
    }

    /// - Parameter steps: what a layer leaves of so many steps, by its kernel and stride.
    private func convolutionCost(frames: Int, _ steps: (Int, Int, Int) -> Int) -> Int {
        let shape = description.network
        var count = frames
        var inputs = 1
        var total = frames * shape.bands * description.frontEnd.coefficients
        for (layer, bands) in zip(shape.stem, shape.stemBands.dropFirst()) {
            count = steps(count, layer.kernel, layer.stride)
            total += count * bands * layer.channels * inputs * layer.kernel * layer.kernel
            inputs = layer.channels
        }
        total += count * shape.stemOutputs * shape.channels
        for block in shape.blocks {
            count = steps(count, block.kernel, 1)
            total += count * shape.channels * (block.kernel + shape.channels)
        }
        count = steps(count, shape.reduction.kernel, shape.reduction.stride)
        return total + count * shape.channels * (shape.reduction.kernel + shape.reduction.channels)
    }

    private func recurrentCost(steps: Int, lanes: Int) -> Int {
        let units = description.network.lstm.units
        return steps * 4 * units * (description.network.reduction.channels + lanes * units)
    }

    private var classificationCost: Int {
        let shape = description.network
        let pooling = 2 * shape.attention.heads * description.windowSteps * shape.lstm.units
        let inputs = (shape.attention.heads + 1) * shape.lstm.units
        return pooling + shape.embedding.units * (inputs + description.words.count)
    }
}
