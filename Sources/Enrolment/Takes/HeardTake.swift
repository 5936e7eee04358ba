import Models

/// A take and its variants, as the networks hear them.
struct HeardTake {
    let name: String
    /// Of each variant the windows that hold its word, the take as it is first.
    let variants: [[WindowEmbedder.Window]]
    /// Over so many windows a decision goes.
    private let smoothingHops: Int

    init(_ take: Take, variants: TakeVariants, embedder: WindowEmbedder, smoothingHops: Int) {
        name = take.name
        self.smoothingHops = smoothingHops
        self.variants = (0..<variants.count).map { number in
            let (sound, word) = variants.variant(number, of: take, leadSamples: embedder.windowSamples)
            let windows = embedder.windows(of: sound)
            let holding = windows.filter { window in
                window.end >= word.upperBound && window.end - embedder.windowSamples <= word.lowerBound
            }
            // Of a word that is nearly as long as a window, the one that holds most of it.
            return holding.isEmpty ? windows.filter { $0.end >= word.upperBound }.prefix(1) + [] : holding
        }
    }

    var allWindows: [WindowEmbedder.Window] { variants.flatMap(\.self) }

    /// How high the take as it is would score: the mean of the hops that a decision goes over, where that is highest.
    func score(_ fit: WordFit) -> Float { highest(variants[0].map(fit.score)) }

    /// The same, as if the second network were always asked.
    func fused(_ fit: WordFit) -> Float { highest(variants[0].map(fit.fused)) }

    /// The scores of its variants.
    func scores(_ fit: WordFit) -> [Float] { variants.map { highest($0.map(fit.score)) } }

    private func highest(_ scores: [Float]) -> Float {
        guard scores.count > smoothingHops else {
            return scores.reduce(0, +) / Float(max(scores.count, 1))
        }
        return (0...scores.count - smoothingHops).map { first in
            scores[first..<first + smoothingHops].reduce(0, +) / Float(smoothingHops)
        }.max() ?? -.infinity
    }
}
