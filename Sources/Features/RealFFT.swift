import CFFTW

/// A discrete Fourier transform of real numbers by FFTW, and its power spectrum.
final class RealFFT {
    /// The numbers to transform: `[size]`. What was never written stays zero.
    let input: UnsafeMutablePointer<Float>
    /// |X|² of the last transform: `[size / 2 + 1]`.
    let power: UnsafeMutablePointer<Float>

    private let spectrum: UnsafeMutablePointer<fftwf_complex>
    private let plan: fftwf_plan
    private let bins: Int

    /// FFTW makes and destroys plans with tables that all threads share; from here on it guards them itself.
    private static let threadSafePlanner: Void = fftwf_make_planner_thread_safe()

    init(size: Int) {
        Self.threadSafePlanner
        bins = size / 2 + 1
        // FFTW's own allocation is aligned for its vector code.
        input = fftwf_alloc_real(size)
        input.initialize(repeating: 0, count: size)
        spectrum = fftwf_alloc_complex(bins)
        power = .allocate(capacity: bins)
        power.initialize(repeating: 0, count: bins)
        // A measured plan could differ from run to run, and with it the last bits of the features; preserving the input
        // keeps the zeros after the frame.
        let flags = FFTW_ESTIMATE | FFTW_PRESERVE_INPUT
        plan = fftwf_plan_dft_r2c_1d(Int32(size), input, spectrum, UInt32(flags))
    }

    deinit {
        fftwf_destroy_plan(plan)
        fftwf_free(input)
        fftwf_free(spectrum)
        power.deallocate()
    }

    func execute() {
        fftwf_execute(plan)
        let parts = UnsafePointer<Float>(OpaquePointer(spectrum))
        for bin in 0..<bins {
            power[bin] = parts[2 * bin] * parts[2 * bin] + parts[2 * bin + 1] * parts[2 * bin + 1]
        }
    }
}
