import Protocol
import Spotting

extension HeardWord {
    /// What readers are told of a detection.
    init(_ detection: Detection, keyword: String, timestamp: Timestamp) {
        self.init(
            keyword: keyword, confidence: Double(detection.confidence), threshold: Double(detection.threshold),
            timestamp: timestamp, startSample: detection.startSample, endSample: detection.endSample,
            levelDBFS: Double(detection.levelDBFS), scores: WordScores(detection))
    }
}

extension WordScores {
    /// What readers are told of a detection beside its confidence.
    init(_ detection: Detection) {
        self.init(
            score: Double(detection.score), threshold: Double(detection.thresholdScore),
            firstConfidence: detection.looks.map { Double($0.firstConfidence) },
            secondConfidence: detection.looks.map { Double($0.secondConfidence) })
    }
}
