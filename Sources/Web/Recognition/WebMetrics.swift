import Prometheus
import Protocol
import Synchronization

/// What the web side counted since it started. Any thread.
final class WebMetrics: Sendable {
    /// A route and how it was answered.
    struct Answer: Hashable, Sendable, Comparable {
        let path: String
        let status: Int

        static func < (left: Answer, right: Answer) -> Bool { (left.path, left.status) < (right.path, right.status) }
    }

    /// What one version of a model answered.
    struct Version: Sendable {
        var seconds = Histogram()
        var confidenceSum = 0.0
        /// Answers that were a word, and not `_unknown_` or `_silence_`.
        var words: UInt64 = 0

        mutating func add(_ prediction: Prediction) {
            seconds.add(prediction.processingTimeSeconds)
            confidenceSum += prediction.confidence
            if !prediction.keyword.hasPrefix("_") { words += 1 }
        }
    }

    struct Snapshot: Sendable {
        let began = ContinuousClock.now
        var answers: [Answer: UInt64] = [:]
        var requestSeconds = Histogram()
        var predictionSeconds = Histogram()
        var keywords: [String: UInt64] = [:]
        var versions: [String: Version] = [:]
        /// Predictions by confidence, in tenths.
        var confidences = [UInt64](repeating: 0, count: 10)
        /// The latest predictions, the newest last.
        var recent: [Recent] = []
        /// What the latest of them took, for percentiles.
        var recentSeconds: [Double] = []

        var uptimeSeconds: Double { (ContinuousClock.now - began) / .seconds(1) }
        var meanPredictionSeconds: Double {
            predictionSeconds.count == 0 ? 0 : predictionSeconds.sum / Double(predictionSeconds.count)
        }

        /// The time under which this part of the latest predictions stayed; nil if there was none.
        func predictionSeconds(percentile: Double) -> Double? {
            guard !recentSeconds.isEmpty else { return nil }
            return recentSeconds.sorted()[Int((Double(recentSeconds.count - 1) * percentile / 100).rounded())]
        }
    }

    /// One answer of the history.
    struct Recent: Sendable {
        let source: String
        let prediction: Prediction
    }

    private static let mostRecent = 100
    private static let mostTimes = 1000
    private let state = Mutex(Snapshot())

    var snapshot: Snapshot { state.withLock { $0 } }

    /// - Parameter path: the route, nil where there is none: whatever strangers ask for is one entry.
    func countRequest(path: String?, status: Int, seconds: Double) {
        state.withLock { state in
            state.answers[Answer(path: path ?? "other", status: status), default: 0] += 1
            state.requestSeconds.add(seconds)
        }
    }

    /// - Parameter source: where the recording came from, for the history: a route.
    func count(_ prediction: Prediction, source: String) {
        state.withLock { state in
            state.predictionSeconds.add(prediction.processingTimeSeconds)
            state.keywords[prediction.keyword, default: 0] += 1
            state.versions[prediction.modelVersion, default: Version()].add(prediction)
            state.confidences[min(9, max(0, Int(prediction.confidence * 10)))] += 1
            state.recent.append(Recent(source: source, prediction: prediction))
            state.recentSeconds.append(prediction.processingTimeSeconds)
            if state.recent.count > Self.mostRecent { state.recent.removeFirst() }
            if state.recentSeconds.count > Self.mostTimes { state.recentSeconds.removeFirst() }
        }
    }
}
