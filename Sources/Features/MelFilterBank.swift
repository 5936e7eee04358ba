import Glibc
import Models

/// Triangular filters that are equally wide on the HTK mel scale, each with a peak of 1 (no area norm), their sides
/// straight over frequency.
struct MelFilterBank {
    private struct Band {
        let firstBin: Int
        let bins: Int
        let firstWeight: Int
    }

    private var bands: [Band] = []
    private var weights: [Float] = []

    init(_ frontEnd: ModelDescription.FrontEnd) {
        let low = Self.mel(frontEnd.melLowHz)
        let high = Self.mel(frontEnd.melHighHz)
        let edges = (0..<frontEnd.melBands + 2).map { index in
            Self.hertz(low + (high - low) * Double(index) / Double(frontEnd.melBands + 1))
        }
        let binHz = Double(frontEnd.sampleRate) / Double(frontEnd.fftSize)
        for band in 0..<frontEnd.melBands {
            let (left, peak, right) = (edges[band], edges[band + 1], edges[band + 2])
            let firstBin = Int((left / binHz).rounded(.up))
            let lastBin = min(Int((right / binHz).rounded(.down)), frontEnd.fftSize / 2)
            let firstWeight = weights.count
            for bin in firstBin..<max(firstBin, lastBin + 1) {
                let frequency = Double(bin) * binHz
                let weight = min((frequency - left) / (peak - left), (right - frequency) / (right - peak))
                weights.append(Float(max(weight, 0)))
            }
            bands.append(Band(firstBin: firstBin, bins: weights.count - firstWeight, firstWeight: firstWeight))
        }
    }

    /// Writes the energy in each band, `[melBands]`, of a power spectrum of `fftSize / 2 + 1` bins. A band narrower than a bin may
    /// hold none.
    func energies(of power: UnsafePointer<Float>, into energies: UnsafeMutablePointer<Float>) {
        weights.withUnsafeBufferPointer { weights in
            guard let base = weights.baseAddress else { return }
            for (index, band) in bands.enumerated() {
                let (bins, weights) = (power + band.firstBin, base + band.firstWeight)
                var sum: Float = 0
                for bin in 0..<band.bins { sum += weights[bin] * bins[bin] }
                energies[index] = sum
            }
        }
    }

    /// HTK mel scale: 1127 · ln(1 + f/700), f in Hz (Young et al., The HTK Book, 5.4).
    private static func mel(_ hertz: Double) -> Double { 1127 * log(1 + hertz / 700) }

    private static func hertz(_ mel: Double) -> Double { 700 * (exp(mel / 1127) - 1) }
}
