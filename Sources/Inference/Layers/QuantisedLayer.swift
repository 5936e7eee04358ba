#if arch(x86_64)
    import CQuantised
    import Models

    /// A matrix and a bias, as ``DenseLayer``, but the matrix is of 16-bit numbers, with a scale for each output, and the vectors
    /// are brought to 16 bits, too: half the time, and a result that is right to about 1 in 10,000 of its largest number. For
    /// what most of a network's time goes into.
    final class QuantisedLayer: @unchecked Sendable {
        let inputs: Int
        let outputs: Int
        private let weights: UnsafeMutableBufferPointer<Int16>
        private let scales: FloatBuffer
        private let bias: FloatBuffer

        /// - Parameters:
        ///   - rows: `[outputs][inputs]`, PyTorch's order.
        ///   - bias: `[outputs]`, or empty for none.
        ///   - inputs: at most `Shape.mostInputs`.
        init(rows: [Float], bias: [Float], inputs: Int) {
            precondition(
                inputs <= ModelDescription.Shape.mostInputs && inputs <= QUANTISED_MOST_INPUTS,
                "a longer vector than there is room for")
            let tile = QUANTISED_TILE
            let rowCount = rows.count / inputs
            let pairs = (inputs + 1) / 2
            self.inputs = inputs
            outputs = (rowCount + tile - 1) / tile * tile
            weights = .allocate(capacity: outputs * pairs * 2)
            weights.initialize(repeating: 0)
            scales = FloatBuffer(count: outputs)
            self.bias = FloatBuffer(count: outputs)
            for row in 0..<rowCount {
                let values = rows[row * inputs..<(row + 1) * inputs]
                let scale = Self.scale(values)
                scales.base[row] = Float(1 / scale)
                for (input, value) in values.enumerated() {
                    let place = row / tile * tile * pairs + input / 2 * tile + row % tile
                    weights[place * 2 + input % 2] = Int16((Double(value) * scale).rounded())
                }
            }
            for (row, value) in bias.enumerated() { self.bias.base[row] = value }
        }

        deinit { weights.deallocate() }

        /// By which a row's weights are multiplied: so that they fit, and no sum of products can leave 32 bits, each being
        /// rounded up by a half at most.
        private static func scale(_ row: ArraySlice<Float>) -> Double {
            let sizes = row.map { Double($0.magnitude) }
            let largestSum = Double(Int(Int32.max) / QUANTISED_LARGEST_INPUT) - Double(row.count) / 2
            guard let largest = sizes.max(), largest > 0 else { return 1 }
            return min(Double(Int16.max - 1) / largest, largestSum / sizes.reduce(0, +))
        }

        /// `output[lane] = bias + weights · input[lane]`; `input` vectors are `inputStride` apart, `output` vectors
        /// `outputs`. With `sharedBias`, that takes the place of the layer's own bias.
        @inline(__always)
        func apply(
            _ kernels: any ComputeKernels.Type, _ input: UnsafePointer<Float>, inputStride: Int,
            sharedBias: UnsafePointer<Float>? = nil, into output: UnsafeMutablePointer<Float>, lanes: Int
        ) {
            kernels.multiplyQuantised(
                weights.baseAddress!, scales.base, sharedBias ?? UnsafePointer(bias.base), input, Int32(inputs),
                Int32(inputStride), output, Int32(outputs), Int32(lanes))
        }
    }
#else
    /// Elsewhere floats are as fast.
    typealias QuantisedLayer = DenseLayer
#endif
