#if arch(x86_64)
    import CProcessor
    import CQuantised
    import Testing

    /// Matrices of 16-bit numbers, by each kind of instruction that this processor has, against plain arithmetic.
    struct QuantisedProductTests {
        typealias Multiply =
            @Sendable @convention(c) (
                UnsafePointer<Int16>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int32, Int32,
                UnsafeMutablePointer<Float>, Int32, Int32
            ) -> Void

        static let products: [(name: String, multiply: Multiply)] = {
            var products: [(name: String, multiply: Multiply)] = [("SSE2", quantised_multiply_sse2)]
            if processor_supports_x86_64_v3() { products.append(("AVX2", quantised_multiply_avx2)) }
            if processor_supports_x86_64_v3(), processor_has_avxvnni() {
                products.append(("AVX-VNNI", quantised_multiply_avxvnni))
            }
            if processor_supports_x86_64_v4(), processor_has_avx512vnni() {
                products.append(("AVX512-VNNI", quantised_multiply_avx512vnni))
            }
            return products
        }()

        /// Odd numbers of inputs, one tile and several, every number of lanes that is a group of its own, and more vectors than
        /// there is room for at once.
        @Test(arguments: [
            (1, 16, 1), (25, 16, 80), (128, 512, 13), (144, 32, 40), (33, 80, 2), (640, 96, 1), (4096, 48, 9),
        ])
        func `every width gives the bits of plain arithmetic`(inputs: Int, outputs: Int, lanes: Int) {
            var random = SystemRandomNumberGenerator()
            let pairs = (inputs + 1) / 2
            let stride = inputs + 3
            let most = min(32000, Int32.max / Int32(QUANTISED_LARGEST_INPUT) / Int32(inputs) / 2)
            var weights: [Int16] = []
            for place in 0..<outputs * pairs * 2 {
                let hasInput = place / 32 % pairs * 2 + place % 2 < inputs
                weights.append(hasInput ? Int16(Int32.random(in: -most...most, using: &random)) : 0)
            }
            let scales = (0..<outputs).map { _ in Float.random(in: 1e-6...1e-3, using: &random) }
            let bias = (0..<outputs).map { _ in Float.random(in: -1...1, using: &random) }
            let input = (0..<lanes * stride).map { _ in Float.random(in: -3...3, using: &random) }
            var expected: [Float] = []
            for lane in 0..<lanes {
                let vector = input[lane * stride..<lane * stride + inputs]
                let largest = vector.map(\.magnitude).max()!
                let scale = Float(QUANTISED_LARGEST_INPUT) / largest
                let numbers = vector.map { Int32(($0 * scale).rounded(.toNearestOrEven)) }
                for output in 0..<outputs {
                    let tile: Int = output / 16 * pairs * 32
                    var sum: Int32 = 0
                    for (index, number) in numbers.enumerated() {
                        let place: Int = tile + index / 2 * 32 + output % 16 * 2 + index % 2
                        sum += number * Int32(weights[place])
                    }
                    let factor: Float = scales[output] * (largest / Float(QUANTISED_LARGEST_INPUT))
                    expected.append(Float(sum) * factor + bias[output])
                }
            }
            for (name, multiply) in Self.products {
                var actual = [Float](repeating: .nan, count: lanes * outputs)
                multiply(
                    weights, scales, bias, input, Int32(inputs), Int32(stride), &actual, Int32(outputs), Int32(lanes))
                #expect(actual == expected, "by \(name)")
            }
        }

        @Test
        func `what is no number spoils its own vector alone`() {
            let weights = [Int16](repeating: 1000, count: 16 * 2)
            let ones = [Float](repeating: 1, count: 16)
            let zeros = [Float](repeating: 0, count: 16)
            for (name, multiply) in Self.products {
                var actual = zeros + zeros + zeros
                multiply(weights, ones, zeros, [.infinity, .nan, 0, 0, 1, 1], 2, 2, &actual, 16, 3)
                #expect(actual[16..<32].allSatisfy { $0 == 0 }, "by \(name)")
                #expect(actual[32...].allSatisfy { abs($0 - 2000) < 1 }, "by \(name)")
            }
        }
    }
#endif
