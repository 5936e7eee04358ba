import Events
import Spotting

extension HeardWord {
    /// What readers are told of a detection that is no event.
    init(_ detection: Detection, keyword: String, timestamp: Timestamp) {
        self.init(
            keyword: keyword, confidence: Double(detection.confidence), threshold: Double(detection.threshold),
            timestamp: timestamp, startSample: detection.startSample, endSample: detection.endSample,
            levelDBFS: Double(detection.levelDBFS))
    }
}
