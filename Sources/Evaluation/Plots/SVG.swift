/// A drawing as Scalable Vector Graphics, on a light card of its own, so that it can be read on a dark page too.
///
/// Lengths are in pixels, from the upper left corner.
public struct SVG {
    /// Where a text stands relative to its place.
    enum Anchor: String { case start, middle, end }

    let width: Double
    let height: Double
    private var elements: [String] = []

    static let ink = "#1f2328"
    static let faintInk = "#59636e"
    static let grid = "#e6eaef"

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The whole file.
    public var document: String {
        let size = "\(Self.number(width))\" height=\"\(Self.number(height))"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size)" viewBox="0 0 \(Self.number(width)) \
            \(Self.number(height))" font-family="system-ui, 'Segoe UI', Helvetica, 'DejaVu Sans', Arial, sans-serif">
            <rect x="0.5" y="0.5" width="\(Self.number(width - 1))" height="\(Self.number(height - 1))" rx="8" \
            fill="#ffffff" stroke="#d1d9e0"/>
            \(elements.joined(separator: "\n"))
            </svg>

            """
    }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double, fill: String, opacity: Double = 1) {
        elements.append(
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
                + "height=\"\(Self.number(height))\" fill=\"\(fill)\"\(opacity < 1 ? " fill-opacity=\"\(opacity)\"" : "")/>"
        )
    }

    mutating func line(
        _ points: [(x: Double, y: Double)], stroke: String, width: Double = 1, dashes: String? = nil
    ) {
        let places = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        elements.append(
            "<polyline points=\"\(places)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(width)\" "
                + "stroke-linejoin=\"round\"\(dashes.map { " stroke-dasharray=\"\($0)\"" } ?? "")/>")
    }

    mutating func circle(x: Double, y: Double, radius: Double, fill: String, stroke: String = "none") {
        elements.append(
            "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(radius)\" fill=\"\(fill)\" "
                + "stroke=\"\(stroke)\" stroke-width=\"1.5\"/>")
    }

    /// - Parameter turned: read from bottom to top.
    mutating func text(
        _ text: String, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start, fill: String = ink,
        bold: Bool = false, monospaced: Bool = false, turned: Bool = false
    ) {
        var attributes = "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(size)\" "
        attributes += "text-anchor=\"\(anchor.rawValue)\" fill=\"\(fill)\""
        if bold { attributes += " font-weight=\"600\"" }
        if monospaced { attributes += " font-family=\"ui-monospace, 'DejaVu Sans Mono', monospace\"" }
        if turned { attributes += " transform=\"rotate(-90 \(Self.number(x)) \(Self.number(y)))\"" }
        elements.append("<text \(attributes)>\(Self.escaped(text))</text>")
    }

    /// The command that made the drawing, in small type at its lower edge, on as many lines as it needs.
    mutating func caption(_ command: String) {
        let lines = Self.captionLines(command, width: width)
        for (index, line) in lines.enumerated() {
            let y = height - 16 - Double(lines.count - 1 - index) * Self.captionLineHeight
            text(line, x: 24, y: y, size: 10.5, fill: Self.faintInk, monospaced: true)
        }
    }

    /// How much higher a drawing must be for a caption of more than one line.
    static func captionSurplus(_ command: String, width: Double) -> Double {
        Double(captionLines(command, width: width).count - 1) * captionLineHeight
    }

    private static let captionLineHeight = 14.0

    private static func captionLines(_ command: String, width: Double) -> [String] {
        let most = Int((width - 48) / 6.4)
        return command.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= most {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append((lines.isEmpty ? "" : "  ") + word)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        let text = String(format: "%.1f", value)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;")
    }
}
