/// A confusion matrix as a heat map with its numbers: right answers blue, wrong ones red, both by the part of the row.
public enum ConfusionPlot {
    public static func draw(_ matrix: ConfusionMatrix, title: String, command: String) -> SVG {
        let rows = matrix.labels.indices.filter { matrix.recall($0) != nil }
        let columns = matrix.labels.indices.filter { matrix.recall($0) != nil || matrix.precision($0) != nil }
        let cell = 27.0
        let (left, top) = (128.0, 172.0)
        let width = max(left + Double(columns.count) * cell + 92, 560)
        let height =
            top + Double(rows.count) * cell + 48
            + SVG.captionSurplus(command, width: width)
        var svg = SVG(width: width, height: height)
        svg.text(title, x: 24, y: 32, size: 17, bold: true)
        svg.text(
            "Rows: what was said; columns: what was answered. Colour: part of the row. Wrong answers are in red.",
            x: 24, y: 53, size: 12.5, fill: SVG.faintInk)
        svg.caption(command)
        for (place, column) in columns.enumerated() {
            svg.text(
                matrix.labels[column], x: left + (Double(place) + 0.5) * cell + 4, y: top - 8, size: 11.5, turned: true)
        }
        svg.text("recall", x: left + Double(columns.count) * cell + 60, y: top - 8, size: 11.5, anchor: .end)
        for (rowPlace, row) in rows.enumerated() {
            let y = top + Double(rowPlace) * cell
            svg.text(matrix.labels[row], x: left - 8, y: y + cell / 2 + 4, size: 11.5, anchor: .end)
            let spoken = matrix.counts[row].reduce(0, +)
            for (place, column) in columns.enumerated() {
                let count = matrix.counts[row][column]
                let part = Double(count) / Double(spoken)
                let x = left + Double(place) * cell
                svg.rectangle(
                    x: x + 0.5, y: y + 0.5, width: cell - 1, height: cell - 1,
                    fill: colour(part, isRight: row == column))
                guard count > 0 else { continue }
                let dark = row == column ? part > 0.55 : part > 0.12
                svg.text(
                    "\(count)", x: x + cell / 2, y: y + cell / 2 + 4, size: 10.5, anchor: .middle,
                    fill: dark ? "#ffffff" : SVG.ink)
            }
            let recall = String(format: "%.1f %%", (matrix.recall(row) ?? 0) * 100)
            svg.text(
                recall, x: left + Double(columns.count) * cell + 60, y: y + cell / 2 + 4, size: 11.5, anchor: .end)
        }
        return svg
    }

    /// From nearly white to blue, or to red, where a tenth of the row is red already.
    private static func colour(_ part: Double, isRight: Bool) -> String {
        guard part > 0 else { return "#f6f8fa" }
        let strength = isRight ? part : min(1, (part / 0.2).squareRoot())
        let (from, to) = isRight ? ([221, 238, 255], [9, 80, 174]) : ([255, 235, 230], [190, 30, 30])
        let mixed = zip(from, to).map { Int(Double($0) + strength * Double($1 - $0)) }
        return String(format: "#%02x%02x%02x", mixed[0], mixed[1], mixed[2])
    }
}
