extension ModelDescription {
    /// What words of one's own stand on: the embedding that each network gives of a window beside its words. Its weights are
    /// the tensors `own_words.projection` and `own_words.offset` of that network's file.
    public struct OwnWords: Decodable, Sendable {
        /// How many numbers it has.
        public let size: Int
        /// The same of the second network; nil if only the first one knows own words.
        public let secondSize: Int?
        /// What words are fitted against; nil if the model comes without it, and hears only words that were fitted elsewhere.
        public let bank: Bank?

        /// The embeddings of windows of speech and noise, in a file of their own.
        public struct Bank: Decodable, Sendable {
            /// Length of what the windows were drawn from.
            public let hours: Double
            let sha256: String
        }

        static let sizes = 1...256
    }

    /// The model with words that were taught to it, in this order, behind its own. One that has the name of a word of the model
    /// takes that further: whichever of the two is heard, it is that word.
    ///
    /// - Parameter corrections: what was learned of mistakes; those about words that are not there count for nothing.
    /// - Precondition: each of them fits the model (``OwnWord/check(fits:)``), and their names differ.
    public func teaching(_ words: [OwnWord], corrections: [Correction] = []) -> ModelDescription {
        var description = self
        description.corrections = corrections
        let own = words.filter { $0.isWakeWord && !self.words.contains($0.name) }
        description.wakeWords = wakeWords.filter(self.words.contains) + own.map(\.name)
        description.taught = words
        return description
    }

    func checkOwnWords() throws(ModelError) {
        guard let ownWords else { return }
        try require(OwnWords.sizes, ownWords.size, "own_words.size")
        guard let secondSize = ownWords.secondSize else { return }
        try require(OwnWords.sizes, secondSize, "own_words.second_size")
        guard secondLook != nil else { throw .damaged("own_words.second_size is given, and there is no second_look") }
    }
}
