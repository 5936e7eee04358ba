import Evaluation
import FoundationEssentials
import Models
import Spotting

/// The folder into which plots are written.
struct PlotFolder {
    private let path: String
    /// What the person typed, so that a plot says how it was made.
    private let command = (["attune"] + CommandLine.arguments.dropFirst()).joined(separator: " ")

    /// Makes the folder, so that a measurement of an hour does not end at a folder that cannot be written.
    init(path: String) throws {
        self.path = path
        try makeFolder(path, for: "plots")
    }

    func draw(_ report: EvaluationReport) throws {
        let description = report.model.description
        let name = "\(description.name) \(description.version)"
        let confusion = report.clips.clean.confusion
        try write(
            "confusion",
            ConfusionPlot.draw(
                confusion,
                title: "Confusion matrix, \(confusion.total) clips: \(confusion.accuracy.percent) right (\(name))",
                command: command))
        try write(
            "reliability",
            ReliabilityPlot.draw(
                report.clips.clean.reliability, title: "What confidence means (\(name))", command: command))
        try write("recall", recallPlot(confusion, name))
        if !report.clips.comparison.isEmpty {
            let noise = report.noise.isWhite ? "white noise" : "recorded noise"
            try write(
                "noise",
                NoisePlot.draw(
                    report.clips, title: "Accuracy in noise (\(name))",
                    subtitle: "Clips mixed with \(noise); root mean square of the clip over that of the noise",
                    command: command))
        }
        if let streams = report.streams, !report.corpus.speech.isEmpty { try drawTradeoff(streams, report, name) }
    }

    func draw(_ report: BenchmarkReport) throws {
        let description = report.model.description
        let bars = report.rows.compactMap { row in
            row.point.map { point in
                PartsPlot.Bar(
                    label: row.name, part: point.missRate, interval: point.missInterval,
                    note: "\(row.word.recordings) recordings")
            }
        }
        let end = bars.map(\.interval.upper).max() ?? 1
        try write(
            "benchmark",
            PartsPlot.draw(
                bars, end: min(1, end * 1.05),
                title: "Wake words missed at 1 false alarm in 10 hours (\(description.name) \(description.version))",
                subtitle: "Among running speech, noise at 10 dB; mean \(report.mean?.missRate.percent ?? "-"); "
                    + "whiskers: 95 %", command: command))
        let curves = report.rows.map { ($0.name, $0.word.tradeoff) }
        try write(
            "benchmark-tradeoff",
            TradeoffPlot.draw(
                curves, title: "Wake words among speech in noise at 10 dB (\(description.name) \(description.version))",
                subtitle: "Rings: the model's own thresholds, with 95 % intervals", command: command))
    }

    private func recallPlot(_ confusion: ConfusionMatrix, _ name: String) -> SVG {
        let bars = confusion.labels.indices.compactMap { row in
            confusion.recall(row).map { recall in
                let clips = confusion.counts[row].reduce(0, +)
                return PartsPlot.Bar(
                    label: confusion.labels[row], part: recall,
                    interval: .wilson(Double(confusion.counts[row][row]), of: Double(clips)), note: "of \(clips)")
            }
        }
        return PartsPlot.draw(
            bars, end: 1, title: "Recall of each word (\(name))",
            subtitle: "Part of the clips of a word that were answered rightly; whiskers: 95 %. "
                + "Mean over words \(confusion.meanRecall.percent)", command: command)
    }

    private func drawTradeoff(_ streams: StreamEvaluation, _ report: EvaluationReport, _ name: String) throws {
        func clean(_ words: [Int]) -> Tradeoff.Point { streams.conditions[0].tradeoff(words).operatingPoint }
        guard let group = report.groups.first(where: { clean($0.words).spoken > 0 }) else { return }
        let clean = clean(group.words)
        let setting =
            "\(clean.spoken) spoken words, \(clean.hours.formatted(2)) h of other speech and noise; "
            + "rings: the model's own thresholds, 95 % intervals"
        try write(
            "tradeoff",
            TradeoffPlot.draw(
                streams.conditions.map {
                    ($0.signalToNoiseDB == nil ? "as recorded" : "noise at \($0.name)", $0.tradeoff(group.words))
                }, title: "Misses against false alarms, all \(group.name) together (\(name))", subtitle: setting,
                command: command))
    }

    private func write(_ name: String, _ plot: SVG) throws {
        try writeFile(URL(filePath: path).appending(path: "\(name).svg"), Data(plot.document.utf8))
    }
}
