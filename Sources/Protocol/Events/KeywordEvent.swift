/// A keyword was heard. What is known of the word itself can be asked of the event.
@dynamicMemberLookup
public struct KeywordEvent: SocketMessage, Equatable {
    public static let type = "keyword"

    /// Counts events from 1, and goes on over restarts where the daemon has a state directory. It is the event's, never a
    /// request's.
    public var id: UInt64
    public var word: HeardWord
    /// Name of the model.
    public var model: String
    /// Version of the model.
    public var modelVersion: String
    /// From the end of the word to this event, in milliseconds.
    public var latencyMilliseconds: Double
    /// What the inference that decided took, in seconds.
    public var processingTimeSeconds: Double
    /// The capture device's name.
    public var device: String

    public init(
        id: UInt64, _ word: HeardWord, model: String, modelVersion: String, latencyMilliseconds: Double,
        processingTimeSeconds: Double, device: String
    ) {
        self.id = id
        self.word = word
        self.model = model
        self.modelVersion = modelVersion
        self.latencyMilliseconds = latencyMilliseconds
        self.processingTimeSeconds = processingTimeSeconds
        self.device = device
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<HeardWord, Value>) -> Value {
        get { word[keyPath: path] }
        set { word[keyPath: path] = newValue }
    }

    enum CodingKeys: String, CodingKey {
        case id, model, device
        case modelVersion = "model_version"
        case latencyMilliseconds = "latency_ms"
        case processingTimeSeconds = "processing_time"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try fields.decode(UInt64.self, forKey: .id), try HeardWord(from: decoder),
            model: try fields.decode(String.self, forKey: .model),
            modelVersion: try fields.decode(String.self, forKey: .modelVersion),
            latencyMilliseconds: try fields.decode(Double.self, forKey: .latencyMilliseconds),
            processingTimeSeconds: try fields.decode(Double.self, forKey: .processingTimeSeconds),
            device: try fields.decode(String.self, forKey: .device))
    }

    public func addFields(to line: inout JSONLine) {
        line.add(CodingKeys.id, id)
        word.addFields(to: &line) { line in
            line.add(CodingKeys.model, model)
            line.add(CodingKeys.modelVersion, modelVersion)
        } afterPlace: { line in
            line.add(CodingKeys.latencyMilliseconds, latencyMilliseconds.rounded(decimals: 1))
            line.add(CodingKeys.processingTimeSeconds, processingTimeSeconds.rounded(decimals: 6))
        }
        line.add(CodingKeys.device, device)
    }
}

/// A level to one decimal. Digital silence is minus infinity, which JSON cannot say: the floor is -120 dBFS.
func boundedLevel(_ levelDBFS: Double) -> Double {
    max(-120, levelDBFS.isNaN ? -120 : levelDBFS).rounded(decimals: 1)
}
