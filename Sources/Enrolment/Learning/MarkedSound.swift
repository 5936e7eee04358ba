/// What was marked, with its sound.
public struct MarkedSound: Sendable {
    public enum Kind: Sendable {
        /// The word was said, whether or not it was heard.
        case said
        /// It was not.
        case notSaid
    }

    public let kind: Kind
    /// The label.
    public let word: String
    /// The mark's name.
    public let mark: String
    /// Mono, 16,000 a second, -1 to 1, up to where it was decided on.
    public let samples: [Float]

    public init(_ kind: Kind, word: String, mark: String, samples: [Float]) {
        (self.kind, self.word, self.mark, self.samples) = (kind, word, mark, samples)
    }
}
