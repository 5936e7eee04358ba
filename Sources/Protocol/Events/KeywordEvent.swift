/// A keyword was heard.
public struct KeywordEvent: SocketMessage, Equatable {
    public static let type = "keyword"

    /// Counts events from 1, and goes on over restarts where the daemon has a state directory. It is the event's, never a
    /// request's.
    public var id: UInt64
    /// The word, as the model names it.
    public var keyword: String
    /// The smoothed, calibrated posterior at the peak, or that of both networks together, 0 to 1.
    public var confidence: Double
    /// What the confidence had to exceed, 0 to 1.
    public var threshold: Double
    /// Name of the model.
    public var model: String
    /// Version of the model.
    public var modelVersion: String
    /// When the word ended, by the machine's clock.
    public var timestamp: Timestamp
    /// Where the word began, in 16 kHz samples since the daemon started to listen.
    public var startSample: UInt64
    /// Where the word ended, in the same samples.
    public var endSample: UInt64
    /// From the end of the word to this event, in milliseconds.
    public var latencyMilliseconds: Double
    /// What the inference that decided took, in seconds.
    public var processingTimeSeconds: Double
    /// Level of the word in dBFS, at least -120.
    public var levelDBFS: Double
    /// The capture device's name.
    public var device: String
    /// The same in log-odds; nil in events of a daemon from before there were any.
    public var scores: WordScores?

    public init(
        id: UInt64, keyword: String, confidence: Double, threshold: Double, model: String, modelVersion: String,
        timestamp: Timestamp, startSample: UInt64, endSample: UInt64, latencyMilliseconds: Double,
        processingTimeSeconds: Double, levelDBFS: Double, device: String,
        scores: WordScores? = nil
    ) {
        self.id = id
        self.keyword = keyword
        self.confidence = confidence
        self.threshold = threshold
        self.model = model
        self.modelVersion = modelVersion
        self.timestamp = timestamp
        self.startSample = startSample
        self.endSample = endSample
        self.latencyMilliseconds = latencyMilliseconds
        self.processingTimeSeconds = processingTimeSeconds
        self.levelDBFS = levelDBFS
        self.device = device
        self.scores = scores
    }

    enum CodingKeys: String, CodingKey {
        case id, keyword, confidence, threshold, model, timestamp, device
        case modelVersion = "model_version"
        case startSample = "start_sample"
        case endSample = "end_sample"
        case latencyMilliseconds = "latency_ms"
        case processingTimeSeconds = "processing_time"
        case levelDBFS = "level_dbfs"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try fields.decode(UInt64.self, forKey: .id), keyword: try fields.decode(String.self, forKey: .keyword),
            confidence: try fields.decode(Double.self, forKey: .confidence),
            threshold: try fields.decode(Double.self, forKey: .threshold),
            model: try fields.decode(String.self, forKey: .model),
            modelVersion: try fields.decode(String.self, forKey: .modelVersion),
            timestamp: try fields.decode(Timestamp.self, forKey: .timestamp),
            startSample: try fields.decode(UInt64.self, forKey: .startSample),
            endSample: try fields.decode(UInt64.self, forKey: .endSample),
            latencyMilliseconds: try fields.decode(Double.self, forKey: .latencyMilliseconds),
            processingTimeSeconds: try fields.decode(Double.self, forKey: .processingTimeSeconds),
            levelDBFS: try fields.decode(Double.self, forKey: .levelDBFS),
            device: try fields.decode(String.self, forKey: .device), scores: try WordScores.read(from: decoder))
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.id, id)
        line.add(CodingKeys.keyword, keyword)
        line.add(CodingKeys.confidence, confidence.probability)
        line.add(CodingKeys.threshold, threshold.probability)
        scores?.addFields(to: &line)
        line.add(CodingKeys.model, model)
        line.add(CodingKeys.modelVersion, modelVersion)
        line.add(CodingKeys.timestamp, timestamp)
        line.add(CodingKeys.startSample, startSample)
        line.add(CodingKeys.endSample, endSample)
        line.add(CodingKeys.latencyMilliseconds, latencyMilliseconds.rounded(decimals: 1))
        line.add(CodingKeys.processingTimeSeconds, processingTimeSeconds.rounded(decimals: 6))
        line.add(CodingKeys.levelDBFS, boundedLevel(levelDBFS))
        line.add(CodingKeys.device, device)
    }
}

/// A level to one decimal. Digital silence is minus infinity, which JSON cannot say: the floor is -120 dBFS.
func boundedLevel(_ levelDBFS: Double) -> Double {
    max(-120, levelDBFS.isNaN ? -120 : levelDBFS).rounded(decimals: 1)
}
