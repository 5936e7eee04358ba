import Kernels

/// A matrix and a bias, packed for `Kernel.multiply`. Immutable after it was made, so any thread may use it.
///
/// Outputs are padded with zeros to a multiple of the tile width; `outputs` counts them.
final class DenseLayer: @unchecked Sendable {
    let inputs: Int
    let outputs: Int
    private let weights: FloatBuffer
    private let bias: FloatBuffer

    /// - Parameters:
    ///   - rows: `[outputs][inputs]`, PyTorch's order.
    ///   - bias: `[outputs]`, or empty for none.
    init(rows: [Float], bias: [Float], inputs: Int) {
        let tile = Kernel.tileWidth
        let rowCount = rows.count / inputs
        self.inputs = inputs
        outputs = (rowCount + tile - 1) / tile * tile
        weights = FloatBuffer(count: outputs * inputs)
        self.bias = FloatBuffer(count: outputs)
        for row in 0..<rowCount {
            for input in 0..<inputs {
                weights.base[row / tile * tile * inputs + input * tile + row % tile] = rows[row * inputs + input]
            }
        }
        for (row, value) in bias.enumerated() { self.bias.base[row] = value }
    }

    /// `output[lane] = bias + weights · input[lane]`; `input` vectors are `inputStride` apart, `output` vectors
    /// `outputs`. With `sharedBias`, that takes the place of the layer's own bias.
    @inline(__always)
    func apply(
        _ kernels: any ComputeKernels.Type, _ input: UnsafePointer<Float>, inputStride: Int,
        sharedBias: UnsafePointer<Float>? = nil, into output: UnsafeMutablePointer<Float>, lanes: Int
    ) {
        kernels.multiply(
            weights: weights.base, bias: sharedBias ?? UnsafePointer(bias.base),
            input: input, inputs: inputs, inputStride: inputStride,
            output: output, outputs: outputs, lanes: lanes)
    }
}
