/// The fewest misses that a threshold reached at each rate of false alarms, on logarithmic axes, one curve for each
/// condition or word; a ring with its 95 % intervals marks the operating point.
public enum TradeoffPlot {
    public static func draw(
        _ curves: [(name: String, tradeoff: Tradeoff)], title: String, subtitle: String, command: String
    ) -> SVG {
        let operating = curves.map(\.tradeoff.operatingPoint)
        let points = curves.flatMap(\.tradeoff.points) + operating
        // Nothing between none and one can be observed: zero stands half an event below one.
        let hours = points.map(\.hours).max() ?? 1
        let spoken = Double(points.map(\.spoken).max() ?? 1)
        let lowestRate = min(0.05, 0.5 / max(hours, 1e-3))
        let lowestMiss = 0.5 / max(spoken, 1)
        let highestRate = max(points.map(\.alarmRate).max() ?? 1, operating.map(\.alarmInterval.upper).max() ?? 1)
        let highestMiss = max(points.map(\.missRate).max() ?? 1, operating.map(\.missInterval.upper).max() ?? 1)
        var chart = Chart(
            title: title, subtitle: subtitle, command: command,
            x: .logarithmicWithZero(
                "false alarms an hour", lowestRate...max(highestRate * 1.1, lowestRate * 10), label: \.short),
            y: .logarithmicWithZero(
                "words missed", lowestMiss...min(1, max(highestMiss * 1.1, lowestMiss * 10)), label: \.shortPercent))
        for (index, curve) in curves.enumerated() {
            let colour = Chart.colours[index % Chart.colours.count]
            chart.curve(Self.stairs(curve.tradeoff), colour: colour)
        }
        for (index, point) in operating.enumerated() {
            chart.mark(
                (point.alarmRate, point.missRate), xInterval: point.alarmInterval, yInterval: point.missInterval,
                colour: Chart.colours[index % Chart.colours.count])
        }
        chart.legend(
            curves.enumerated().map { ($1.name, Chart.colours[$0 % Chart.colours.count]) })
        return chart.svg
    }

    /// From few alarms to many: misses fall only where a threshold was really measured.
    private static func stairs(_ tradeoff: Tradeoff) -> [(x: Double, y: Double)] {
        var stairs: [(x: Double, y: Double)] = []
        for point in tradeoff.points.sorted(by: { ($0.alarmRate, $0.missRate) < ($1.alarmRate, $1.missRate) }) {
            let best = stairs.last?.y ?? point.missRate
            stairs.append((point.alarmRate, best))
            if point.missRate < best { stairs.append((point.alarmRate, point.missRate)) }
        }
        return stairs
    }
}
