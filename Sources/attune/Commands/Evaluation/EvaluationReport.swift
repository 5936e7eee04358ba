import Evaluation
import Models
import Spotting

/// What was measured, before it becomes text, JSON or plots.
struct EvaluationReport {
    let model: Model
    let corpus: Corpus
    let clips: ClipEvaluation
    let noise: NoiseSource
    let wakeWords: [String]
    var streams: StreamEvaluation?
    var streamEqualsClip: Bool?
    /// Whether both networks decided in streams; nil if the model has one.
    var secondLook: Bool?
    /// Recordings that could not be used.
    var failed = 0

    /// False alarms an hour at which misses are given.
    static let alarmRates = [0.5, 0.1, 0.05]

    init(model: Model, corpus: Corpus, clips: ClipEvaluation, noise: NoiseSource, wakeWords: [String]) {
        (self.model, self.corpus, self.clips, self.noise) = (model, corpus, clips, noise)
        self.wakeWords = wakeWords
    }

    /// Words that are judged together, as indices of labels; only groups with words.
    var groups: [(name: String, words: [Int])] {
        let labels = model.description.words
        let commands = model.description.keywords.filter { !wakeWords.contains($0) }
        return [("wake words", wakeWords), ("commands", commands)]
            .map { ($0.0, $0.1.compactMap(labels.firstIndex)) }
            .filter { !$0.1.isEmpty }
    }

    /// Whether single clips were measured: labelled ones, or seconds of noise.
    var hasClips: Bool { clips.clean.confusion.total > 0 }

    var keywords: [Int] { model.description.keywords.compactMap(model.description.words.firstIndex) }
}

extension Corpus {
    /// What is to be said about the noise and the running speech, if anything.
    func caveats(noise: NoiseSource) -> [String] {
        var caveats: [String] = []
        if case .unknown(let reason) = independence, hasManifest {
            caveats.append("training may have seen the running speech and the noise: \(reason)")
        }
        if noise.isWhite { caveats.append("there is no recording of noise: the noise is white") }
        return caveats
    }
}

extension StreamCounts {
    /// What the stream is called in a table.
    var name: String { ratioName(signalToNoiseDB) }
}

/// What a signal-to-noise ratio is called in a table; nil for sound without added noise.
func ratioName(_ decibels: Double?) -> String { decibels.map { "\(decibelText($0)) dB" } ?? "as it is" }

/// Decibels without needless decimals.
func decibelText(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

extension Interval {
    /// As percentages.
    var percentText: String { "\((lower * 100).formatted(1))-\((upper * 100).formatted(1)) %" }
    /// As rates.
    var rateText: String { "\(lower.formatted(1))-\(upper.formatted(1))" }
}

extension SourceCounts {
    /// False alarms of some words, without misses.
    func point(_ words: [Int]) -> Tradeoff.Point {
        Tradeoff.Point(threshold: nil, misses: 0, spoken: 0, alarms: alarms.total(words), hours: alarms.hours(words))
    }
}
