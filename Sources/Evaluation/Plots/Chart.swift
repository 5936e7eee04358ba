/// A drawing area with two axes, a title above, and below in small type the command that made it.
struct Chart {
    private(set) var svg: SVG
    let x: Axis
    let y: Axis
    private let area: (left: Double, top: Double, width: Double, height: Double)

    static let colours = ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#9a6700", "#57606a", "#0a8a8a"]

    init(title: String, subtitle: String, command: String, x: Axis, y: Axis, width: Double = 760, height: Double = 520)
    {
        self.x = x
        self.y = y
        let surplus = SVG.captionSurplus(command, width: width)
        svg = SVG(width: width, height: height + surplus)
        area = (72, 76, width - 72 - 32, height - 76 - 92)
        svg.text(title, x: 24, y: 32, size: 17, bold: true)
        svg.text(subtitle, x: 24, y: 53, size: 12.5, fill: SVG.faintInk)
        svg.caption(command)
        for tick in x.ticks {
            svg.line([at(tick.value, bottom: true), at(tick.value, bottom: false)], stroke: SVG.grid)
            svg.text(tick.label, x: horizontal(tick.value), y: bottom + 18, size: 11.5, anchor: .middle)
        }
        for tick in y.ticks {
            svg.line([(area.left, vertical(tick.value)), (right, vertical(tick.value))], stroke: SVG.grid)
            svg.text(tick.label, x: area.left - 8, y: vertical(tick.value) + 4, size: 11.5, anchor: .end)
        }
        svg.line([(area.left, area.top), (area.left, bottom), (right, bottom)], stroke: SVG.faintInk)
        svg.text(x.title, x: area.left + area.width / 2, y: bottom + 40, anchor: .middle)
        svg.text(y.title, x: 20, y: area.top + area.height / 2, anchor: .middle, turned: true)
    }

    private var bottom: Double { area.top + area.height }
    private var right: Double { area.left + area.width }
    private func horizontal(_ value: Double) -> Double { area.left + area.width * x.place(value) }
    private func vertical(_ value: Double) -> Double { bottom - area.height * y.place(value) }
    private func at(_ value: Double, bottom isBottom: Bool) -> (x: Double, y: Double) {
        (horizontal(value), isBottom ? bottom : area.top)
    }

    mutating func curve(_ points: [(x: Double, y: Double)], colour: String, width: Double = 2, dashes: String? = nil) {
        svg.line(points.map { (horizontal($0.x), vertical($0.y)) }, stroke: colour, width: width, dashes: dashes)
    }

    mutating func dot(_ point: (x: Double, y: Double), colour: String, radius: Double = 2.5) {
        svg.circle(x: horizontal(point.x), y: vertical(point.y), radius: radius, fill: colour)
    }

    /// A ring, with the 95 % intervals of both values as a cross.
    mutating func mark(
        _ point: (x: Double, y: Double), xInterval: Interval? = nil, yInterval: Interval? = nil, colour: String
    ) {
        let place = (x: horizontal(point.x), y: vertical(point.y))
        if let xInterval {
            svg.line([(horizontal(xInterval.lower), place.y), (horizontal(xInterval.upper), place.y)], stroke: colour)
        }
        if let yInterval {
            svg.line([(place.x, vertical(yInterval.lower)), (place.x, vertical(yInterval.upper))], stroke: colour)
        }
        svg.circle(x: place.x, y: place.y, radius: 4.5, fill: "#ffffff", stroke: colour)
    }

    mutating func bar(from low: Double, to high: Double, height: Double, colour: String, opacity: Double = 1) {
        let (left, right, top) = (horizontal(low), horizontal(high), vertical(height))
        svg.rectangle(
            x: left + 1, y: top, width: right - left - 2, height: bottom - top, fill: colour, opacity: opacity)
    }

    mutating func note(_ text: String, at point: (x: Double, y: Double), up: Double = 6) {
        svg.text(
            text, x: horizontal(point.x), y: vertical(point.y) - up, size: 10.5, anchor: .middle, fill: SVG.faintInk)
    }

    enum Corner { case upperRight, upperLeft, lowerRight }

    /// Names of the curves in a corner of the area.
    mutating func legend(_ entries: [(name: String, colour: String)], in corner: Corner = .upperRight) {
        let width = 22 + 7.2 * Double(entries.map(\.name.count).max() ?? 0)
        let height = Double(entries.count) * 18 + 10
        let left = corner == .upperLeft ? area.left + 10 : right - width - 8
        let top = corner == .lowerRight ? bottom - height - 10 : area.top + 8
        svg.rectangle(x: left, y: top, width: width, height: height, fill: "#ffffff", opacity: 0.85)
        for (index, entry) in entries.enumerated() {
            let y = top + 18 + Double(index) * 18
            svg.line([(left + 2, y - 4), (left + 18, y - 4)], stroke: entry.colour, width: 3)
            svg.text(entry.name, x: left + 24, y: y)
        }
    }
}
