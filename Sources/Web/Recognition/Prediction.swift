import Protocol

/// What was recognised in one recording.
struct Prediction: Sendable {
    /// A word, `_unknown_` or `_silence_`.
    let keyword: String
    let confidence: Double
    /// From the recording's bytes to the answer, in seconds.
    let processingTimeSeconds: Double
    let modelVersion: String
    let timestamp: Timestamp
    /// The likeliest labels, the likeliest first.
    let top: [(label: String, confidence: Double)]

    /// The fields of an answer, after those that it may begin with.
    func addFields(to line: inout JSONLine) {
        line.add("keyword", keyword)
        line.add("confidence", confidence.rounded(decimals: 4))
        line.add("processing_time", processingTimeSeconds.rounded(decimals: 6))
        line.add("model_version", modelVersion)
        line.add("timestamp", timestamp)
        line.add(
            "top",
            top.map { label, confidence in
                var entry = JSONLine()
                entry.add("keyword", label)
                entry.add("confidence", confidence.rounded(decimals: 4))
                return entry
            })
    }
}
