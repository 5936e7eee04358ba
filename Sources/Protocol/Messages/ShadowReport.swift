/// How the model that hears beside the active one compares with it, since the two hear together.
public struct ShadowReport: Sendable, Equatable, Decodable {
    /// What came of one word.
    public struct Word: Sendable, Equatable, Decodable {
        /// Heard by both, by the active model alone, by the shadow alone.
        public var agreed: UInt64
        public var activeOnly: UInt64
        public var shadowOnly: UInt64
        /// Of those that one heard alone: where the active model was right, and where the shadow, as far as what followed
        /// tells: a word that was acted on was meant.
        public var forActive: UInt64
        public var forShadow: UInt64

        public init(
            agreed: UInt64 = 0, activeOnly: UInt64 = 0, shadowOnly: UInt64 = 0, forActive: UInt64 = 0,
            forShadow: UInt64 = 0
        ) {
            self.agreed = agreed
            self.activeOnly = activeOnly
            self.shadowOnly = shadowOnly
            self.forActive = forActive
            self.forShadow = forShadow
        }

        fileprivate enum CodingKeys: String, CodingKey {
            case agreed
            case activeOnly = "active_only"
            case shadowOnly = "shadow_only"
            case forActive = "for_active"
            case forShadow = "for_shadow"
        }
    }

    /// The shadow.
    public var model: String
    public var modelVersion: String
    /// From the end of a word to the decision, in milliseconds, where both heard it; nil before they did.
    public var activeLatencyMeanMilliseconds: Double?
    public var shadowLatencyMeanMilliseconds: Double?
    /// Each word that both models know.
    public var words: [String: Word]

    public init(
        model: String, modelVersion: String, activeLatencyMeanMilliseconds: Double?,
        shadowLatencyMeanMilliseconds: Double?, words: [String: Word]
    ) {
        self.model = model
        self.modelVersion = modelVersion
        self.activeLatencyMeanMilliseconds = activeLatencyMeanMilliseconds
        self.shadowLatencyMeanMilliseconds = shadowLatencyMeanMilliseconds
        self.words = words
    }

    private enum CodingKeys: String, CodingKey {
        case model, words
        case modelVersion = "model_version"
        case activeLatencyMeanMilliseconds = "active_latency_mean_ms"
        case shadowLatencyMeanMilliseconds = "shadow_latency_mean_ms"
    }

    /// As it stands in `metrics`.
    var jsonLine: JSONLine {
        var line = JSONLine()
        line.add(CodingKeys.model, model)
        line.add(CodingKeys.modelVersion, modelVersion)
        line.add(CodingKeys.activeLatencyMeanMilliseconds, activeLatencyMeanMilliseconds?.rounded(decimals: 1))
        line.add(CodingKeys.shadowLatencyMeanMilliseconds, shadowLatencyMeanMilliseconds?.rounded(decimals: 1))
        var counts = JSONLine()
        for (word, count) in words.sorted(by: { $0.key < $1.key }) {
            var entry = JSONLine()
            entry.add(Word.CodingKeys.agreed, count.agreed)
            entry.add(Word.CodingKeys.activeOnly, count.activeOnly)
            entry.add(Word.CodingKeys.shadowOnly, count.shadowOnly)
            entry.add(Word.CodingKeys.forActive, count.forActive)
            entry.add(Word.CodingKeys.forShadow, count.forShadow)
            counts.add(word, entry)
        }
        line.add(CodingKeys.words, counts)
        return line
    }
}
