import Glibc
import Models

/// Mel-frequency cepstral coefficients of one frame of samples, with the tables and the memory that this needs; nothing of a
/// stream is in it, so that all streams of one thread can share one.
///
/// The frame is windowed (periodic Hann), transformed (FFT, power spectrum), summed in triangular bands on the HTK mel scale,
/// taken the natural logarithm of, and transformed again (orthonormal DCT-II).
///
/// One thread; no allocation after `init`.
public final class CepstralTransform {
    let frontEnd: ModelDescription.FrontEnd
    private let hann: [Float]
    private let filters: MelFilterBank
    /// DCT-II, orthonormal: `[band][coefficient]`, so that the inner loop runs over coefficients.
    private let cosines: [Float]
    private let transform: RealFFT
    /// Of the last frame: `[coefficients]`.
    let coefficients: UnsafeMutablePointer<Float>

    public init(_ frontEnd: ModelDescription.FrontEnd) {
        self.frontEnd = frontEnd
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
        transform = RealFFT(size: frontEnd.fftSize)
        coefficients = .allocate(capacity: frontEnd.coefficients)
        coefficients.initialize(repeating: 0, count: frontEnd.coefficients)
    }

    deinit { coefficients.deallocate() }

    /// The coefficients of digital silence.
    public var silence: [Float] {
        let zeros = [Float](repeating: 0, count: frontEnd.frameSamples)
        _ = zeros.withUnsafeBufferPointer { apply($0.baseAddress!) }
        return Array(UnsafeBufferPointer(start: coefficients, count: frontEnd.coefficients))
    }

    /// Computes `coefficients` of a frame of `frameSamples` samples, and returns its mean square.
    func apply(_ frame: UnsafePointer<Float>) -> Float {
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
        return energy / Float(frontEnd.frameSamples)
    }
}
