import CProcessor
import CQuantised
import Kernels

#if arch(x86_64)
    import KernelsX86V3
    import KernelsX86V4
#endif

/// The inner loops as built for one kind of processor; see `Kernel` for what each function computes.
protocol ComputeKernels {
    static func multiply(
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        input: UnsafePointer<Float>, inputs: Int, inputStride: Int,
        output: UnsafeMutablePointer<Float>, outputs: Int, lanes: Int)
    static func depthwise(
        weights: UnsafePointer<Float>, input: UnsafePointer<Float>, taps: Int,
        output: UnsafeMutablePointer<Float>, channels: Int)
    static func add(
        _ input: UnsafePointer<Float>, weight: Float, to sum: UnsafeMutablePointer<Float>, kept: Float, count: Int)
    static func addAndRectify(
        _ values: UnsafePointer<Float>, _ addend: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
        count: Int)
    static func rectify(_ values: UnsafeMutablePointer<Float>, count: Int)
    static func lstmStep(
        gates: UnsafePointer<Float>, cell: UnsafeMutablePointer<Float>, hidden: UnsafeMutablePointer<Float>, units: Int)
    #if arch(x86_64)
        static var multiplyQuantised: QuantisedMultiply { get }
    #endif
}

#if arch(x86_64)
    /// See `quantised_multiply`.
    typealias QuantisedMultiply =
        @Sendable @convention(c) (
            _ weights: UnsafePointer<Int16>, _ scales: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
            _ input: UnsafePointer<Float>, _ inputs: Int32, _ stride: Int32, _ output: UnsafeMutablePointer<Float>,
            _ outputs: Int32, _ lanes: Int32
        ) -> Void

    extension Kernels.Kernel: ComputeKernels {
        static let multiplyQuantised: QuantisedMultiply = quantised_multiply_sse2
    }
    extension KernelsX86V3.Kernel: ComputeKernels {
        static let multiplyQuantised: QuantisedMultiply =
            processor_has_avxvnni() ? quantised_multiply_avxvnni : quantised_multiply_avx2
    }
    extension KernelsX86V4.Kernel: ComputeKernels {
        static let multiplyQuantised: QuantisedMultiply =
            processor_has_avx512vnni() ? quantised_multiply_avx512vnni : KernelsX86V3.Kernel.multiplyQuantised
    }
#else
    extension Kernels.Kernel: ComputeKernels {}
#endif

/// Which build of the inner loops a network uses.
public enum ComputePath: String, Sendable, CaseIterable {
    /// Runs on every processor.
    case portable
    /// AVX2 and FMA.
    case x86V3 = "x86-64-v3"
    /// AVX-512; the same bits as `x86V3`.
    case x86V4 = "x86-64-v4"

    /// The fastest path that this processor runs.
    public static let best: ComputePath = available.last ?? .portable

    /// The paths that this processor runs, the fastest last.
    public static let available: [ComputePath] = allCases.filter { path in
        switch path {
        case .portable: true
        case .x86V3: processor_supports_x86_64_v3()
        case .x86V4: processor_supports_x86_64_v4()
        }
    }

    var kernels: any ComputeKernels.Type {
        #if arch(x86_64)
            switch self {
            case .portable: Kernels.Kernel.self
            case .x86V3: KernelsX86V3.Kernel.self
            case .x86V4: KernelsX86V4.Kernel.self
            }
        #else
            Kernels.Kernel.self
        #endif
    }
}
