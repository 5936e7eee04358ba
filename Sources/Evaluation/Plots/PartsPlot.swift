/// One horizontal bar a label, with its 95 % interval and the number itself.
public enum PartsPlot {
    public struct Bar: Sendable {
        let label: String
        let part: Double
        public let interval: Interval
        let note: String

        /// - Parameters:
        ///   - part: the length of the bar, 0 to 1.
        ///   - note: what it was counted over.
        public init(label: String, part: Double, interval: Interval, note: String) {
            (self.label, self.part, self.interval, self.note) = (label, part, interval, note)
        }
    }

    /// - Parameter end: the largest part that is shown.
    public static func draw(_ bars: [Bar], end: Double, title: String, subtitle: String, command: String) -> SVG {
        let (left, top, length, step) = (124.0, 76.0, 460.0, 21.0)
        let bottom = top + Double(bars.count) * step
        let height = bottom + 60 + SVG.captionSurplus(command, width: 760)
        var svg = SVG(width: 760, height: height)
        svg.text(title, x: 24, y: 32, size: 17, bold: true)
        svg.text(subtitle, x: 24, y: 53, size: 12.5, fill: SVG.faintInk)
        svg.caption(command)
        let axis = Axis.linear("", 0...end, count: 5, label: \.shortPercent)
        for tick in axis.ticks {
            let x = left + length * axis.place(tick.value)
            svg.line([(x, top - 4), (x, bottom)], stroke: SVG.grid)
            svg.text(tick.label, x: x, y: bottom + 16, size: 11.5, anchor: .middle)
        }
        for (index, bar) in bars.enumerated() {
            let y = top + Double(index) * step
            let end = left + length * axis.place(bar.part)
            svg.text(bar.label, x: left - 8, y: y + 14, size: 11.5, anchor: .end)
            svg.rectangle(
                x: left, y: y + 3, width: end - left, height: step - 7, fill: Chart.colours[0], opacity: 0.75)
            let low = left + length * axis.place(bar.interval.lower)
            let high = left + length * axis.place(bar.interval.upper)
            svg.line([(low, y + step / 2), (high, y + step / 2)], stroke: SVG.ink, width: 1.25)
            for x in [low, high] { svg.line([(x, y + 7), (x, y + step - 7)], stroke: SVG.ink, width: 1.25) }
            svg.text(
                String(format: "%.1f %%", bar.part * 100), x: left + length + 64, y: y + 14, size: 11.5, anchor: .end)
            svg.text(bar.note, x: left + length + 76, y: y + 14, size: 11.5, fill: SVG.faintInk)
        }
        return svg
    }
}
