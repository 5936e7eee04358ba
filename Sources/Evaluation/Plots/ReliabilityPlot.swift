/// Accuracy against confidence: where bars meet the diagonal, confidence means probability.
public enum ReliabilityPlot {
    public static func draw(_ reliability: Reliability, title: String, command: String) -> SVG {
        let error = String(format: "%.1f %%", reliability.expectedCalibrationError * 100)
        let total = reliability.bins.reduce(0) { $0 + $1.count }
        var chart = Chart(
            title: title,
            subtitle: "Expected calibration error \(error), \(total) answers; above each bar, how many it stands for",
            command: command,
            x: .linear("confidence of the answer", 0...1, count: 10, label: \.shortPercent),
            y: .linear("answers that were right", 0...1, count: 10, label: \.shortPercent), width: 620, height: 560)
        let width = 1 / Double(reliability.bins.count)
        for (index, bin) in reliability.bins.enumerated() where bin.count > 0 {
            let low = Double(index) * width
            chart.bar(from: low, to: low + width, height: bin.accuracy, colour: Chart.colours[0], opacity: 0.75)
        }
        chart.curve([(0, 0), (1, 1)], colour: SVG.faintInk, width: 1.25, dashes: "5 4")
        for (index, bin) in reliability.bins.enumerated() where bin.count > 0 {
            let centre = (Double(index) + 0.5) * width
            let interval = Interval.wilson(bin.accuracy * Double(bin.count), of: Double(bin.count))
            chart.curve([(centre, interval.lower), (centre, interval.upper)], colour: SVG.ink, width: 1)
            chart.dot((bin.meanConfidence, bin.accuracy), colour: Chart.colours[1], radius: 3.5)
            chart.note("\(bin.count)", at: (centre, interval.upper))
        }
        chart.legend([("mean confidence of the bin", Chart.colours[1])], in: .upperLeft)
        return chart.svg
    }
}
