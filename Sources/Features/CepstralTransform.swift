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
    /// DCT-II, orthonormal: `[coefficients / 16][band]`, sixteen coefficients each, those that are missing zero.
    private let cosines: [SIMD16<Float>]
    private let transform: RealFFT
    /// Of the last frame, their energy's logarithms: `[band]`.
    private let logarithms: UnsafeMutablePointer<Float>
    /// Of the last frame: `[coefficients]`, to whole sixteens.
    let coefficients: UnsafeMutablePointer<Float>
    private let sixteens: Int

    public init(_ frontEnd: ModelDescription.FrontEnd) {
        self.frontEnd = frontEnd
        hann = (0..<frontEnd.frameSamples).map { index in
            Float(0.5 - 0.5 * cos(2 * Double.pi * Double(index) / Double(frontEnd.frameSamples)))
        }
        filters = MelFilterBank(frontEnd)
        let bands = frontEnd.melBands
        func cosine(_ k: Int, _ band: Int) -> Float {
            guard k < frontEnd.coefficients else { return 0 }
            let norm = (k == 0 ? 1 : 2) / Double(bands)
            return Float(norm.squareRoot() * cos(Double.pi * Double(k) * (Double(band) + 0.5) / Double(bands)))
        }
        sixteens = (frontEnd.coefficients + 15) / 16
        cosines = (0..<sixteens * bands).map { index in
            let (sixteen, band) = index.quotientAndRemainder(dividingBy: bands)
            return SIMD16((0..<16).map { cosine(sixteen * 16 + $0, band) })
        }
        transform = RealFFT(size: frontEnd.fftSize)
        logarithms = .allocate(capacity: bands)
        logarithms.initialize(repeating: 0, count: bands)
        coefficients = .allocate(capacity: sixteens * 16)
        coefficients.initialize(repeating: 0, count: sixteens * 16)
    }

    deinit {
        logarithms.deallocate()
        coefficients.deallocate()
    }

    /// The coefficients of digital silence.
    public var silence: [Float] {
        let zeros = [Float](repeating: 0, count: frontEnd.frameSamples)
        _ = zeros.withUnsafeBufferPointer { apply($0.baseAddress!) }
        return Array(UnsafeBufferPointer(start: coefficients, count: frontEnd.coefficients))
    }

    /// Computes `coefficients` of a frame of `frameSamples` samples, and returns its mean square.
    func apply(_ frame: UnsafePointer<Float>) -> Float {
        let energy = window(frame)
        transform.execute()
        filters.energies(of: transform.power, into: logarithms)
        let bands = frontEnd.melBands
        for band in 0..<bands { logarithms[band] = logf(max(logarithms[band], frontEnd.logFloor)) }
        cosines.withUnsafeBufferPointer { cosines in
            for sixteen in 0..<sixteens {
                let rows = cosines.baseAddress! + sixteen &* bands
                // Two sums, neither of which waits for the other.
                var (even, odd) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
                var band = 0
                while band &+ 1 < bands {
                    even += rows[band] * logarithms[band]
                    odd += rows[band &+ 1] * logarithms[band &+ 1]
                    band &+= 2
                }
                if band < bands { even += rows[band] * logarithms[band] }
                UnsafeMutableRawPointer(coefficients + sixteen * 16).storeBytes(of: even + odd, as: SIMD16<Float>.self)
            }
        }
        return energy / Float(frontEnd.frameSamples)
    }

    /// Writes the transform's input, and returns the frame's energy.
    private func window(_ frame: UnsafePointer<Float>) -> Float {
        let count = frontEnd.frameSamples
        let input = transform.input
        return hann.withUnsafeBufferPointer { hann in
            // Eight sums, none of which waits for another.
            var sums = SIMD8<Float>.zero
            var index = 0
            while index &+ 8 <= count {
                let samples = UnsafeRawPointer(frame + index).loadUnaligned(as: SIMD8<Float>.self)
                let weights = UnsafeRawPointer(hann.baseAddress! + index).loadUnaligned(as: SIMD8<Float>.self)
                sums += samples * samples
                UnsafeMutableRawPointer(input + index).storeBytes(of: samples * weights, as: SIMD8<Float>.self)
                index &+= 8
            }
            var energy = sums.sum()
            while index < count {
                energy += frame[index] * frame[index]
                input[index] = frame[index] * hann[index]
                index &+= 1
            }
            return energy
        }
    }
}
