import Protocol

/// A word that somebody taught: for each network a linear head on the embedding of a window, and what it is to count for.
///
/// With the embedding e, a vector of length 1, its score in a window is w · e + b in log-odds.
public struct OwnWord: Sendable, Equatable {
    /// What was fitted on the embedding of one network.
    public struct Head: Sendable, Equatable {
        /// SHA-256 of that network's weights file: to another network's embedding the numbers mean nothing.
        public var trunk: String
        /// w.
        public var weights: [Float]
        /// b.
        public var bias: Float

        public init(trunk: String, weights: [Float], bias: Float) {
            (self.trunk, self.weights, self.bias) = (trunk, weights, bias)
        }
    }

    /// Where the second network takes part.
    public struct Second: Sendable, Equatable {
        public var head: Head
        /// The first network's score from which the second one is asked, in log-odds.
        public var candidateScore: Float
        /// What the second one's score counts, 0 to 1; the first one's counts the rest.
        public var weight: Float

        public init(head: Head, candidateScore: Float, weight: Float) {
            (self.head, self.candidateScore, self.weight) = (head, candidateScore, weight)
        }
    }

    /// As people write it: 1 to 64 characters. Two that differ in nothing but case are the same word.
    public let name: String
    /// The model it was taught to, for people.
    public var model: String
    public var modelVersion: String
    public var first: Head
    public var second: Second?
    /// The score that it must reach, in log-odds: of the first network, or with `second` of both.
    public var thresholdScore: Float
    /// Whether it opens commands; one that does not waits for a word that does, as the model's commands do.
    public var isWakeWord: Bool
    /// Words of which one must come before it, instead of that; empty for none.
    public var after: [String]
    public var isEnabled: Bool
    /// What whoever taught it wants to remember: takes, speakers, expected misses and alarms. Only passed on.
    public var card: [String: JSONContent]

    /// Throws if the name cannot be one, or a number is none that a head may have.
    public init(
        name: String, model: String, modelVersion: String, first: Head, second: Second? = nil, thresholdScore: Float,
        isWakeWord: Bool = true, after: [String] = [], isEnabled: Bool = true, card: [String: JSONContent] = [:]
    ) throws(OwnWordError) {
        self.name = try OwnWordName.checked(name)
        (self.model, self.modelVersion) = (model, modelVersion)
        (self.first, self.second, self.thresholdScore) = (first, second, thresholdScore)
        (self.isWakeWord, self.after, self.isEnabled, self.card) = (isWakeWord, after, isEnabled, card)
        try check()
    }

    /// Whether a name means this word.
    public func isNamed(_ other: String) -> Bool { Self.haveSameName(name, other) }

    /// Whether two names differ in nothing but case.
    public static func haveSameName(_ name: String, _ other: String) -> Bool {
        OwnWordName.key(name) == OwnWordName.key(other)
    }

    /// Whether it was fitted to this model's networks. To others its numbers mean nothing, but it can be fitted again where its
    /// takes were kept.
    public func isTaught(to model: ModelDescription) -> Bool {
        guard let embedding = model.ownWords, first.fits(model.sha256, size: embedding.size) else { return false }
        return second?.head.fits(model.secondLook?.sha256, size: embedding.secondSize) ?? true
    }

    /// Throws why it cannot be used with a model, and what to do.
    public func check(fits model: ModelDescription) throws(OwnWordError) {
        guard model.ownWords != nil else {
            throw OwnWordError("the model \(model.name) \(model.version) cannot learn words; use a newer one")
        }
        guard isTaught(to: model) else {
            throw OwnWordError(
                "it was taught to \(self.model) \(modelVersion), not to \(model.name) \(model.version); "
                    + "teach it again: attune enroll")
        }
        if let known = model.words.first(where: isNamed), known != name {
            throw OwnWordError("the model knows the word as \(known); teach it by that name to take it further")
        }
    }
}

/// Why a word of one's own cannot be used, and what to do.
public struct OwnWordError: Error, Equatable, CustomStringConvertible {
    public let description: String

    package init(_ description: String) { self.description = description }
}

// Bounds, so that whatever was read can be computed with: no score is infinite.
extension OwnWord {
    static let mostAfter = 16
    static let mostCardBytes = 32 << 10
    private static let scores: ClosedRange<Float> = -100...100

    func check() throws(OwnWordError) {
        for text in [model, modelVersion] {
            try Self.require((1...64).contains(text.count), "model and model_version have 1 to 64 characters")
        }
        try first.check("first")
        try Self.require(Self.scores.contains(thresholdScore), "threshold_score must be from -100 to 100")
        if let second {
            try second.head.check("second")
            try Self.require(Self.scores.contains(second.candidateScore), "candidate_score must be from -100 to 100")
            try Self.require((0...1).contains(second.weight), "second_weight must be from 0 to 1")
        }
        try Self.require(after.count <= Self.mostAfter, "after has at most \(Self.mostAfter) words")
        for word in after {
            try Self.require((1...64).contains(word.count) && word.utf8.count <= 512, "after: a word is too long")
            try Self.require(!isNamed(word), "after: it cannot wait for itself")
        }
        var bytes: [UInt8] = []
        JSONContent.object(card).appendJSON(to: &bytes)
        try Self.require(bytes.count <= Self.mostCardBytes, "card has more than \(Self.mostCardBytes) bytes")
    }

    static func require(_ condition: Bool, _ message: String) throws(OwnWordError) {
        guard condition else { throw OwnWordError(message) }
    }
}

extension OwnWord.Head {
    func check(_ name: String) throws(OwnWordError) {
        try OwnWord.require(
            trunk.utf8.count == 64 && trunk.allSatisfy { "0123456789abcdef".contains($0) },
            "\(name).trunk must be a SHA-256 in lower-case hexadecimal")
        try OwnWord.require(
            ModelDescription.OwnWords.sizes.contains(weights.count),
            "\(name).weights has \(weights.count) numbers, must have 1 to 256")
        try OwnWord.require(
            (weights + [bias]).allSatisfy { abs($0) <= 1e6 }, "\(name): weights and bias must be from -1e6 to 1e6")
    }

    fileprivate func fits(_ trunk: String?, size: Int?) -> Bool { trunk == self.trunk && size == weights.count }
}
