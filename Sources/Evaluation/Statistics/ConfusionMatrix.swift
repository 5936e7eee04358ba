import Models

/// How often each word was taken for which.
public struct ConfusionMatrix: Sendable {
    /// The labels of the model, rows (spoken) and columns (answered) alike.
    public let labels: [String]
    /// `[spoken][answered]`.
    public private(set) var counts: [[Int]]

    public init(labels: [String]) {
        self.labels = labels
        counts = Array(repeating: Array(repeating: 0, count: labels.count), count: labels.count)
    }

    /// - Parameters: labels of the model; a spoken word that the model does not know counts as `_unknown_`.
    public mutating func add(spoken: String, answered: String) {
        guard let column = labels.firstIndex(of: answered),
            let row = labels.firstIndex(of: spoken) ?? labels.firstIndex(of: ModelDescription.unknownLabel)
        else { preconditionFailure("\(answered) is not a label of the model") }
        counts[row][column] += 1
    }

    public var total: Int { counts.joined().reduce(0, +) }

    /// Clips that were answered rightly.
    public var correct: Int { labels.indices.reduce(0) { $0 + counts[$1][$1] } }

    /// The part of all clips that was answered rightly, 0 to 1.
    public var accuracy: Double { total == 0 ? 0 : Double(correct) / Double(total) }

    /// The part of one label's clips that was answered rightly; nil if there is none.
    public func recall(_ row: Int) -> Double? {
        let spoken = counts[row].reduce(0, +)
        return spoken == 0 ? nil : Double(counts[row][row]) / Double(spoken)
    }

    /// The part of the answers of one label that was right; nil if it was never answered.
    public func precision(_ column: Int) -> Double? {
        let answered = counts.reduce(0) { $0 + $1[column] }
        return answered == 0 ? nil : Double(counts[column][column]) / Double(answered)
    }

    /// The mean of the recalls, each label with clips counting the same.
    public var meanRecall: Double {
        let recalls = labels.indices.compactMap(recall)
        return recalls.isEmpty ? 0 : recalls.reduce(0, +) / Double(recalls.count)
    }
}
