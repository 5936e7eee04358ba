import Glibc

/// One direction of a chart: which values it shows, and where its marks stand.
struct Axis {
    struct Tick {
        let value: Double
        let label: String
    }

    let title: String
    let ticks: [Tick]
    private let range: ClosedRange<Double>
    private let isLogarithmic: Bool

    /// Where a value stands, 0 at the axis' start and 1 at its end; values beyond stand at the edge.
    func place(_ value: Double) -> Double {
        let inside = min(max(value, range.lowerBound), range.upperBound)
        guard isLogarithmic else { return (inside - range.lowerBound) / (range.upperBound - range.lowerBound) }
        return log(inside / range.lowerBound) / log(range.upperBound / range.lowerBound)
    }

    /// Marks at round numbers, about `count` of them.
    static func linear(
        _ title: String, _ range: ClosedRange<Double>, count: Int = 6, label: (Double) -> String
    ) -> Axis {
        let raw = (range.upperBound - range.lowerBound) / Double(count)
        let magnitude = pow(10, floor(log10(raw)))
        let step = [1, 2, 5, 10].map { $0 * magnitude }.first { $0 >= raw * 0.99 } ?? raw
        let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
        let last = Int((range.upperBound / step + 1e-9).rounded(.down))
        let ticks = (first...max(first, last)).map { Tick(value: Double($0) * step, label: label(Double($0) * step)) }
        return Axis(title: title, ticks: ticks, range: range, isLogarithmic: false)
    }

    /// Marks where they are wanted.
    static func places(_ title: String, _ marks: [(Double, String)], _ range: ClosedRange<Double>) -> Axis {
        Axis(
            title: title, ticks: marks.map { Tick(value: $0.0, label: $0.1) }, range: range, isLogarithmic: false)
    }

    /// Marks at 1, 2 and 5 times the powers of ten; the lowest value stands for zero, which has no place otherwise.
    static func logarithmicWithZero(
        _ title: String, _ range: ClosedRange<Double>, label: (Double) -> String
    ) -> Axis {
        let powers = Int(floor(log10(range.lowerBound)))...Int(ceil(log10(range.upperBound)))
        let all = powers.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
        // Room is left beside the mark of zero.
        let shown = all.filter { $0 > range.lowerBound * 1.5 && $0 <= range.upperBound * 1.001 }
        let ticks = [Tick(value: range.lowerBound, label: "0")] + shown.map { Tick(value: $0, label: label($0)) }
        return Axis(title: title, ticks: ticks, range: range, isLogarithmic: true)
    }
}

extension Double {
    /// Without decimals that are zero: 0.5, 2, 20.
    var short: String { String(format: "%g", self) }

    /// A part as a percentage, without decimals that are zero.
    var shortPercent: String { "\((self * 100).short) %" }
}
