/// The inner loops of the network on raw memory.
///
/// This one source is compiled three times, as `Kernels` for any processor and, by symbolic links, as `KernelsX86V3` for AVX2
/// and FMA and as `KernelsX86V4` for AVX-512; `ComputeKernels` in `Inference` chooses when the program starts. So that no
/// instruction of a fast build can leak into the portable one, nothing here may need code shared between modules: no arrays,
/// no generics of its own, no closures. Nor does one file need what another one has, where it is to be inlined: a debug
/// build compiles each by itself.
///
/// Every output is accumulated over the inputs in the same order whatever the number of lanes, so that a batch and a
/// single vector give the same bits. All functions are free of allocation.
public enum Kernel {
    /// One depthwise step: `output[c] = Σ_k weights[k][c] · input[k][c]`, `channels` a multiple of `tileWidth`.
    public static func depthwise(
        weights: UnsafePointer<Float>, input: UnsafePointer<Float>, taps: Int,
        output: UnsafeMutablePointer<Float>, channels: Int
    ) {
        var channel = 0
        while channel < channels {
            var sum = Vector.zero
            for tap in 0..<taps {
                accumulate(&sum, load(weights + tap * channels + channel), load(input + tap * channels + channel))
            }
            store(sum, output + channel)
            channel += Vector.scalarCount
        }
    }

    /// Adds to a sum of which a part is kept: `sum[c] = kept · sum[c] + weight · input[c]`, `count` a multiple of `tileWidth`.
    public static func add(
        _ input: UnsafePointer<Float>, weight: Float, to sum: UnsafeMutablePointer<Float>, kept: Float, count: Int
    ) {
        var i = 0
        while i < count {
            var total = load(sum + i) * kept
            accumulate(&total, load(input + i), weight)
            store(total, sum + i)
            i += Vector.scalarCount
        }
    }

    /// `output[i] = max(values[i] + addend[i], 0)`, `count` a multiple of `tileWidth`.
    public static func addAndRectify(
        _ values: UnsafePointer<Float>, _ addend: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        var i = 0
        while i < count {
            store(rectified(load(values + i) + load(addend + i)), output + i)
            i += Vector.scalarCount
        }
    }

    /// `values[i] = max(values[i], 0)`, `count` a multiple of `tileWidth`.
    public static func rectify(_ values: UnsafeMutablePointer<Float>, count: Int) {
        var i = 0
        while i < count {
            store(rectified(load(values + i)), values + i)
            i += Vector.scalarCount
        }
    }

    /// One step of an LSTM cell without peepholes (Hochreiter & Schmidhuber 1997, with the forget gate of Gers 2000).
    ///
    /// - Parameters:
    ///   - gates: `[4 · units]`, the pre-activations in PyTorch's order: input, forget, cell, output.
    ///   - cell: `[units]`, updated in place.
    ///   - hidden: `[units]`, written.
    ///   - units: a multiple of `tileWidth`.
    public static func lstmStep(
        gates: UnsafePointer<Float>, cell: UnsafeMutablePointer<Float>, hidden: UnsafeMutablePointer<Float>, units: Int
    ) {
        var unit = 0
        while unit < units {
            // With σ(x) = 1 / (1 + e⁻ˣ) and tanh x = (e²ˣ - 1) / (e²ˣ + 1), each sum of products over one denominator: a
            // division takes as long as all else of an exponential.
            let input = 1 + exp(-load(gates + unit))
            let forget = 1 + exp(-load(gates + units + unit))
            let candidate = exp(2 * load(gates + 2 * units + unit))
            let entering = input * (candidate + 1)
            let state =
                (load(cell + unit) * entering + (candidate - 1) * forget) / (forget * entering)
            let output = 1 + exp(-load(gates + 3 * units + unit))
            let squashed = exp(2 * state)
            store(state, cell + unit)
            store((squashed - 1) / (output * (squashed + 1)), hidden + unit)
            unit += Vector.scalarCount
        }
    }

    // MARK: Vectors of one tile

    typealias Vector = SIMD16<Float>

    @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> Vector {
        UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
    }

    @inline(__always) static func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
    }

    @inline(__always) static func accumulate(_ sum: inout Vector, _ weight: Vector, _ value: Float) {
        accumulate(&sum, weight, Vector(repeating: value))
    }

    @inline(__always) static func accumulate(_ sum: inout Vector, _ weight: Vector, _ value: Vector) {
        #if FUSED_MULTIPLY_ADD || arch(arm64)
            sum.addProduct(weight, value)
        #else
            // Without FMA instructions `addProduct` calls libm's fmaf for each lane: 30 times slower than two steps.
            sum += weight * value
        #endif
    }

    @inline(__always) static func rectified(_ x: Vector) -> Vector { x.replacing(with: 0, where: x .< 0) }

    /// e^x within 2 units in the last place, the argument held to ±24: beyond, 1 + e^x is 1 or e^x to the last bit, and the
    /// product of three results is still a number.
    ///
    /// x = n · ln 2 + r with |r| ≤ ln 2 / 2; e^r by the Taylor series to r⁷ (remainder under 1e-8), times 2^n by
    /// adding n to the exponent's bits.
    @inline(__always) static func exp(_ argument: Vector) -> Vector {
        var x = argument
        x.replace(with: 24, where: x .> 24)
        x.replace(with: -24, where: x .< -24)
        // Adding 1.5 · 2²³ leaves the nearest integer in the low bits of the mantissa: a rounding without a libm call.
        let shifter = Vector(repeating: 12_582_912)
        let shifted = x * 1.442_695_04 + shifter
        let n = shifted - shifter
        // ln 2 in two parts (Cody & Waite), so that n · ln 2 loses nothing.
        let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
        var series = r * (1.0 / 5040) + 1.0 / 720
        series = series * r + 1.0 / 120
        series = series * r + 1.0 / 24
        series = series * r + 1.0 / 6
        series = series * r + 0.5
        series = series * r + 1
        series = series * r + 1
        let exponent = unsafeBitCast(shifted, to: SIMD16<UInt32>.self) &<< 23
        return unsafeBitCast(unsafeBitCast(series, to: SIMD16<UInt32>.self) &+ exponent, to: Vector.self)
    }
}
