import Evaluation
import Models
import Protocol
import Spotting

/// What the wake word benchmark found.
struct BenchmarkReport {
    let benchmark: Benchmark
    let model: Model
    let corpus: Corpus
    let noise: NoiseSource

    /// One in ten hours.
    static let alarmRate = 0.1

    /// Each word at its own threshold: the one with the fewest misses at that rate of false alarms.
    var rows: [(name: String, word: Benchmark.Word, point: Tradeoff.Point?)] {
        benchmark.words.map { word in
            (model.description.words[word.word], word, word.tradeoff.point(alarmRateAtMost: Self.alarmRate))
        }
    }

    /// The mean miss rate over the words, with the interval of as many trials as there are recordings; nil if a word
    /// does not reach the rate at any threshold.
    var mean: (missRate: Double, interval: Interval)? {
        let rates = rows.compactMap { $0.point?.missRate }
        guard rates.count == rows.count, !rates.isEmpty else { return nil }
        let rate = rates.reduce(0, +) / Double(rates.count)
        let recordings = Double(benchmark.words.reduce(0) { $0 + $1.recordings })
        return (rate, .wilson(rate * recordings, of: recordings))
    }

    private var setting: String {
        "wake words in speech, noise at \(decibelText(Benchmark.signalToNoiseDB)) dB: \(benchmark.hours.formatted(1)) h, "
            + "from \(benchmark.speechHours.formatted(2)) h of different speech"
    }

    var text: String {
        var table = Table(["word", "recordings", "spoken", "missed", "95 %", "false alarms", "threshold"])
        for row in rows {
            let spoken = row.word.tradeoff.operatingPoint.spoken
            table.add(
                [row.name, "\(row.word.recordings)", "\(spoken)"]
                    + (row.point.map {
                        [
                            $0.missRate.percent, $0.missInterval.percentText, "\($0.alarms)",
                            ($0.threshold ?? 0).thresholdText,
                        ]
                    } ?? ["-", "-", "-", "-"]))
        }
        let point = benchmark.together.operatingPoint
        let notes = corpus.caveats(noise: noise).map { "note: \($0)" }
        return """
            \(setting)
            misses at 1 false alarm in 10 hours, each word at its own threshold

            \(table.text)

            mean \(mean.map { "\(Terminal.bold($0.missRate.percent)) (95 %: \($0.interval.percentText))" } ?? "-"), \
            \(model.description.name) \(model.description.version)
            with the model's own thresholds: \(point.missRate.percent) missed, \(point.alarms) false alarms \
            (\(point.alarmRate.formatted(1)) an hour)
            """ + (notes.isEmpty ? "" : "\n\n" + notes.joined(separator: "\n"))
    }

    var json: JSONLine {
        var line = JSONLine()
        line.add("benchmark", "wake words")
        line.add("model", model.description.name)
        line.add("model_version", model.description.version)
        line.add("hours", benchmark.hours.rounded(decimals: 3))
        line.add("hours_of_different_speech", benchmark.speechHours.rounded(decimals: 3))
        line.add("excluded_sentences", benchmark.excludedSentences)
        line.add("snr_db", Benchmark.signalToNoiseDB)
        line.add("false_alarms_per_hour_at_most", Self.alarmRate)
        line.add("mean_miss_rate", mean?.missRate.rounded(decimals: 4))
        line.add("mean_miss_interval", mean?.interval.json)
        var words = JSONLine()
        for row in rows {
            var word = JSONLine()
            word.add("recordings", row.word.recordings)
            word.add("chosen", row.point?.json)
            word.add("model_thresholds", row.word.tradeoff.operatingPoint.json)
            word.add("curve", row.word.tradeoff.points.map(\.json))
            words.add(row.name, word)
        }
        line.add("words", words)
        line.add("together_with_model_thresholds", benchmark.together.operatingPoint.json)
        line.add("noise", noise.isWhite ? "white" : "recorded")
        line.add("notes", corpus.caveats(noise: noise))
        line.add("failed", benchmark.failures.count)
        return line
    }
}
