/// Numbers as Prometheus reads them: its text format 0.0.4, or OpenMetrics 1.0, which differs in the names of counters and
/// in its last line.
public struct Exposition {
    private let isOpenMetrics: Bool
    private var text = ""

    public init(isOpenMetrics: Bool = false) { self.isOpenMetrics = isOpenMetrics }

    public var utf8: [UInt8] { Array((text + (isOpenMetrics ? "# EOF\n" : "")).utf8) }

    public mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        head(name, help, "gauge")
        line(name, [], value)
    }

    /// - Parameter name: without `_total`, which is added.
    public mutating func counter(
        _ name: String, _ help: String, _ values: [(labels: [(String, String)], value: Double)]
    ) {
        head(isOpenMetrics ? name : name + "_total", help, "counter")
        for (labels, value) in values { line(name + "_total", labels, value) }
    }

    public mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
        head(name, help, "histogram")
        for (end, count) in zip(Histogram.bucketSeconds, histogram.buckets) {
            line(name + "_bucket", [("le", "\(end)")], Double(count))
        }
        line(name + "_bucket", [("le", "+Inf")], Double(histogram.count))
        line(name + "_sum", [], histogram.sum)
        line(name + "_count", [], Double(histogram.count))
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        let number = value == value.rounded() && value.magnitude < 0x1p53 ? "\(Int(value))" : "\(value)"
        text += name + (list.isEmpty ? "" : "{\(list)}") + " \(number)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
