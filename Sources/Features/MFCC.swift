import Glibc
import Models

/// Mel-frequency cepstral coefficients of a stream.
///
/// Each frame is windowed (periodic Hann), transformed (FFT, power spectrum), summed in triangular bands on the HTK mel
/// scale, taken the natural logarithm of, transformed again (orthonormal DCT-II), and normalised by a fixed mean and
/// scale per coefficient. Nothing depends on the stream as a whole: the numbers are the same to the last bit however
/// the stream is cut.
///
/// One thread; no allocation after `init`.
public final class MFCC {
    private let frontEnd: ModelDescription.FrontEnd
    private let mean: [Float]
    private let scale: [Float]
    private let hann: [Float]
    private let filters: MelFilterBank
    /// DCT-II, orthonormal: `[band][coefficient]`, so that the inner loop runs over coefficients.
    private let cosines: [Float]

    private let frame: UnsafeMutablePointer<Float>
    private let transform: RealFFT
    private let coefficients: UnsafeMutablePointer<Float>
    private var filled = 0

    /// - Parameters:
    ///   - mean: subtracted from each coefficient, `[coefficients]`; empty for none.
    ///   - scale: what the difference is multiplied by, `[coefficients]`; empty for none.
    public init(_ frontEnd: ModelDescription.FrontEnd, mean: [Float] = [], scale: [Float] = []) {
        self.frontEnd = frontEnd
        self.mean = mean.isEmpty ? Array(repeating: 0, count: frontEnd.coefficients) : mean
        self.scale = scale.isEmpty ? Array(repeating: 1, count: frontEnd.coefficients) : scale
        precondition(self.mean.count == frontEnd.coefficients && self.scale.count == frontEnd.coefficients)
        hann = (0..<frontEnd.frameSamples).map { index in
            Float(0.5 - 0.5 * cos(2 * Double.pi * Double(index) / Double(frontEnd.frameSamples)))
        }
        filters = MelFilterBank(frontEnd)
        let bands = frontEnd.melBands
        cosines = (0..<bands * frontEnd.coefficients).map { index in
            let (band, k) = index.quotientAndRemainder(dividingBy: frontEnd.coefficients)
            let norm = (k == 0 ? 1 : 2) / Double(bands)
            return Float(norm.squareRoot() * cos(Double.pi * Double(k) * (Double(band) + 0.5) / Double(bands)))
        }
        frame = .allocate(capacity: frontEnd.frameSamples)
        frame.initialize(repeating: 0, count: frontEnd.frameSamples)
        transform = RealFFT(size: frontEnd.fftSize)
        coefficients = .allocate(capacity: frontEnd.coefficients)
        coefficients.initialize(repeating: 0, count: frontEnd.coefficients)
    }

    deinit {
        frame.deallocate()
        coefficients.deallocate()
    }

    /// How many more samples complete the next frame.
    public var samplesToFrame: Int { frontEnd.frameSamples - filled }

    /// Forgets the samples that wait for a frame: the next sample is the first of a new stream.
    public func reset() { filled = 0 }

    /// Takes samples, and calls `body` for each frame that they complete.
    ///
    /// - Parameters:
    ///   - samples: mono at the front end's rate, -1 to 1, any number of them.
    ///   - body: gets the normalised coefficients, `[coefficients]`, valid during the call, and the frame's mean square.
    @inline(__always)
    public func process(
        _ samples: UnsafeBufferPointer<Float>,
        _ body: (_ coefficients: UnsafePointer<Float>, _ meanSquare: Float) -> Void
    ) {
        guard var source = samples.baseAddress else { return }
        var left = samples.count
        while left > 0 {
            let part = min(left, frontEnd.frameSamples - filled)
            (frame + filled).update(from: source, count: part)
            source += part
            left -= part
            filled += part
            guard filled == frontEnd.frameSamples else { return }
            let meanSquare = computeFrame()
            body(UnsafePointer(coefficients), meanSquare)
            filled -= frontEnd.shiftSamples
            frame.update(from: frame + frontEnd.shiftSamples, count: filled)
        }
    }

    /// Computes `coefficients` of the full `frame`, and returns its mean square.
    private func computeFrame() -> Float {
        var energy: Float = 0
        for index in 0..<frontEnd.frameSamples {
            energy += frame[index] * frame[index]
            transform.input[index] = frame[index] * hann[index]
        }
        transform.execute()
        let count = frontEnd.coefficients
        coefficients.update(repeating: 0, count: count)
        cosines.withUnsafeBufferPointer { cosines in
            for band in 0..<frontEnd.melBands {
                let value = logf(max(filters.energy(ofBand: band, in: transform.power), frontEnd.logFloor))
                for k in 0..<count { coefficients[k] += cosines[band * count + k] * value }
            }
        }
        for k in 0..<count { coefficients[k] = (coefficients[k] - mean[k]) * scale[k] }
        return energy / Float(frontEnd.frameSamples)
    }
}
