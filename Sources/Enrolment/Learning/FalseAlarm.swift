import Models

/// A sound that was taken for a word, as the second network hears it where it is decided on: said once more in other rooms, at
/// other levels, from further away, that it may be known again.
///
/// It is told from the word by one direction, from the word towards the sound: with the means n of its looks' embeddings and p of
/// the word's, both of length 1, a look e is the sound where (n - a p) · e is more than a bound. The bound is under nearly all
/// looks of the sound, and over nearly all of the word.
struct FalseAlarm {
    private let direction: [Float]
    private let bound: Float

    /// Around a decision these looks count, in hops: another time it may be decided on a little sooner or later.
    private static let looks = -1...3
    /// This part of its variants' looks must be known again, and those that are a little further away.
    private static let part = 0.97
    private static let room: Float = 0.1
    /// a: what of the word counts against it.
    private static let wordPart: Float = 0.6
    /// How near a look at the word comes to p, usually, and how far to the sound's side of that the bound is at least, for a
    /// direction of length 1: three times what looks at one word differ by.
    private static let wordNearness: Float = 0.85
    private static let wordRoom: Float = 0.18

    /// Nil if it is not heard as the word.
    ///
    /// - Parameters:
    ///   - sound: with some of what came after.
    ///   - word: p.
    ///   - smoothingHops: windows that a look goes over.
    ///   - decision: the sample at which a sound is heard as the word; nil if it is not.
    init?(
        _ sound: [Float], unlike word: [Float], embedder: WindowEmbedder, variants: TakeVariants, smoothingHops: Int,
        decision: ([Float]) -> Int?
    ) {
        let (hop, lead) = (embedder.description.hopSamples, embedder.windowSamples)
        let spoken = max(0, sound.count - lead)..<sound.count
        var looks: [[Float]] = []
        for number in 0..<variants.count {
            let heard = variants.variant(number, of: sound, word: spoken, leadSamples: lead).sound
            guard let decision = decision(heard) else { continue }
            // As a stream has its windows: ending at whole hops.
            let windows = embedder.windows(of: [Float](repeating: 0, count: lead % hop) + heard)
            for look in Self.looks {
                let last = decision / hop - lead / hop + look
                guard last >= smoothingHops - 1, last < windows.count else { continue }
                looks.append(Self.mean(windows[last - smoothingHops + 1...last].compactMap(\.second)))
            }
        }
        guard looks.contains(where: { !$0.isEmpty }) else { return nil }
        let direction = zip(Prototype(of: looks).direction, word).map { $0 - Self.wordPart * $1 }
        func place(_ embedding: [Float]) -> Float { zip(direction, embedding).reduce(0) { $0 + $1.0 * $1.1 } }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let places = looks.map(place).sorted()
        self.direction = direction
        bound = max(
            places[Int(Double(places.count) * (1 - Self.part))] - Self.room * length,
            Self.wordNearness * place(word) + Self.wordRoom * length)
    }

    private static func mean(_ embeddings: [[Float]]) -> [Float] {
        guard let size = embeddings.first?.count else { return [] }
        return (0..<size).map { index in embeddings.reduce(0) { $0 + $1[index] } / Float(embeddings.count) }
    }

    /// As it is kept.
    func correction(of word: String, mark: String, trunk: String) -> Correction {
        Correction(word: word, mark: mark, head: OwnWord.Head(trunk: trunk, weights: direction, bias: -bound))
    }
}
