import CSoxr

/// Brings a mono stream from one rate to another by soxr (band-limited, high quality, linear phase).
///
/// Output sample n stands for input time n / outputRate: the filter's delay makes samples come later, not shift.
/// One thread at a time; blocks of the same size do not allocate once warm.
public final class Resampler {
    public let inputRate: Int
    public let outputRate: Int
    private let handle: soxr_t

    /// - Parameters: rates in samples a second, both above 0.
    public init(from inputRate: Int, to outputRate: Int) {
        self.inputRate = inputRate
        self.outputRate = outputRate
        var error: soxr_error_t?
        var format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
        var quality = soxr_quality_spec(UInt(SOXR_HQ), 0)
        var runtime = soxr_runtime_spec(1)
        // It filters block by block: short ones, so that samples come soon.
        (runtime.log2_min_dft_size, runtime.log2_large_dft_size) = (8, 8)
        guard let handle = soxr_create(Double(inputRate), Double(outputRate), 1, &error, &format, &quality, &runtime)
        else {
            preconditionFailure("soxr refuses \(inputRate) to \(outputRate) samples a second")
        }
        self.handle = handle
    }

    deinit { soxr_delete(handle) }

    /// The most samples that `process` can give for so many, the filter's store included.
    public func capacity(for samples: Int) -> Int { (samples + inputRate / 10) * outputRate / inputRate + 64 }

    /// Takes all of `input` and returns how many samples were written to `output`.
    public func process(
        _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
    ) -> Int {
        var done = 0
        let error = soxr_process(
            handle, input.baseAddress, input.count, nil, output.baseAddress, output.count, &done)
        precondition(error == nil, "soxr_process failed")
        return done
    }

    /// Gives what the filter still holds at the end of the input; call until it returns 0.
    public func finish(into output: UnsafeMutableBufferPointer<Float>) -> Int {
        var done = 0
        let error = soxr_process(handle, nil, 0, nil, output.baseAddress, output.count, &done)
        precondition(error == nil, "soxr_process failed")
        return done
    }

    /// When it holds back most: after so many samples of a stream, and so many of them. It filters block by block, and gives
    /// no sample before a block is complete. Forgets the stream.
    public func fullest() -> (after: Int, held: Int) {
        reset()
        var fullest = (after: 0, held: 0)
        let silence = Float(0)
        var taken = 0
        var output = [Float](repeating: 0, count: capacity(for: 1))
        for given in 1...inputRate / 4 {
            taken += output.withUnsafeMutableBufferPointer { output in
                withUnsafePointer(to: silence) { process(UnsafeBufferPointer(start: $0, count: 1), into: output) }
            }
            let held = given - taken * inputRate / outputRate
            if held > fullest.held { fullest = (given, held) }
        }
        reset()
        return fullest
    }

    /// Forgets the stream: the next sample is the first of a new one.
    public func reset() { soxr_clear(handle) }
}
