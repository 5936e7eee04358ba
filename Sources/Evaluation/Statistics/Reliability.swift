/// How well confidence means probability: answers in 15 bins of equal width by their confidence.
public struct Reliability: Sendable {
    public struct Bin: Sendable {
        public fileprivate(set) var count = 0
        fileprivate var correct = 0
        fileprivate var confidenceSum = 0.0

        /// The part of the bin's answers that was right.
        public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }
        public var meanConfidence: Double { count == 0 ? 0 : confidenceSum / Double(count) }
    }

    public private(set) var bins = Array(repeating: Bin(), count: 15)

    public init() {}

    /// - Parameter confidence: the posterior of the label that was answered, 0 to 1.
    public mutating func add(confidence: Double, isCorrect: Bool) {
        let index = min(Int(confidence * Double(bins.count)), bins.count - 1)
        bins[index].count += 1
        bins[index].correct += isCorrect ? 1 : 0
        bins[index].confidenceSum += confidence
    }

    /// The expected calibration error (Guo et al. 2017, "On calibration of modern neural networks"): the distance between
    /// accuracy and mean confidence in each bin, weighted by how many answers it holds.
    public var expectedCalibrationError: Double {
        let total = bins.reduce(0) { $0 + $1.count }
        guard total > 0 else { return 0 }
        return bins.reduce(0) { $0 + abs($1.accuracy - $1.meanConfidence) * Double($1.count) } / Double(total)
    }
}
