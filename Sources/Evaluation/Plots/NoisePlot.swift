import Glibc

/// Accuracy against the signal-to-noise ratio; clips as they are stand at the right.
public enum NoisePlot {
    public static func draw(_ clips: ClipEvaluation, title: String, subtitle: String, command: String) -> SVG {
        let noisy = clips.comparison.compactMap { condition in
            condition.signalToNoiseDB.map { ($0, condition.confusion) }
        }.sorted { $0.0 < $1.0 }
        let (lowest, highest) = (noisy.first?.0 ?? 0, noisy.last?.0 ?? 0)
        let span = max(highest - lowest, 5)
        let cleanPlace = highest + span * 0.15
        let parts = clips.comparison.flatMap { [$0.confusion.accuracy, $0.confusion.meanRecall] }
        // The lowest value in view, at a round ten per cent below.
        let bottom = max(0, floor((parts.min() ?? 0.5) * 10 - 0.2) / 10)
        var chart = Chart(
            title: title, subtitle: subtitle, command: command,
            x: .places(
                "signal-to-noise ratio",
                noisy.map { ($0.0, "\($0.0.short) dB") } + [(cleanPlace, "as it is")],
                lowest - span * 0.06...cleanPlace + span * 0.06),
            y: .linear("answers that were right", bottom...1, count: 8, label: \.shortPercent))
        let confusions = noisy + clips.comparison.prefix(1).map { (cleanPlace, $0.confusion) }
        for (colour, value) in [
            (Chart.colours[1], { (matrix: ConfusionMatrix) in matrix.meanRecall }), (Chart.colours[0], { $0.accuracy }),
        ] {
            chart.curve(confusions.dropLast().map { ($0.0, value($0.1)) }, colour: colour)
            for (place, matrix) in confusions { chart.dot((place, value(matrix)), colour: colour, radius: 4) }
        }
        for (place, matrix) in confusions {
            let interval = Interval.wilson(Double(matrix.correct), of: Double(matrix.total))
            chart.curve([(place, interval.lower), (place, interval.upper)], colour: Chart.colours[0], width: 1.5)
            chart.note(
                String(format: "%.1f %%", matrix.accuracy * 100),
                at: (place, max(interval.upper, matrix.meanRecall)), up: 9)
        }
        chart.legend([("all clips", Chart.colours[0]), ("mean over words", Chart.colours[1])], in: .lowerRight)
        return chart.svg
    }
}
