extension ModelDescription {
    /// A second network over the same features, trained apart from the first and asked only about what that one reports.
    public struct SecondLook: Decodable, Sendable {
        /// Name of its weights file, beside the first one's.
        public let weights: String
        /// SHA-256 of that file, in lower-case hexadecimal.
        public let sha256: String
        public let network: Shape
        /// How many feature frames it sees at once; its windows end where the first network's do.
        public let windowFrames: Int
        /// See `Calibration`.
        public let temperature: Float
        /// For each word that it is asked about, the first network's score, 0 to 1, from which it is.
        public let candidates: [String: Double]
    }

    /// The second network as a model by itself: the same words, features and hop; nil if there is none.
    public var second: ModelDescription? {
        guard let secondLook else { return nil }
        var description = self
        description.secondLook = nil
        description.network = secondLook.network
        description.window = Window(frames: secondLook.windowFrames, hopFrames: window.hopFrames)
        description.calibration = Calibration(temperature: secondLook.temperature)
        description.ownWords = ownWords?.secondSize.map { OwnWords(size: $0, secondSize: nil, bank: nil) }
        return description
    }

    func checkSecondLook() throws(ModelError) {
        guard let secondLook, let second else { return }
        do throws(ModelError) {
            try second.checkNetwork()
        } catch {
            throw .damaged("second_look: \(error)")
        }
        let candidates = secondLook.candidates
        guard Set(candidates.keys).isSubset(of: keywords), candidates.values.allSatisfy({ $0 > 0 && $0 < 1 }) else {
            throw .damaged("second_look.candidates must hold numbers between 0 and 1, for words of the model only")
        }
        guard Set(candidates.keys).isSubset(of: (detection?.secondWeight ?? [:]).keys) else {
            throw .damaged("detection.second_weight must hold a number for every word of second_look.candidates")
        }
    }
}
