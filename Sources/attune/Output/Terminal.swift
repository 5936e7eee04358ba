import Evaluation
import FoundationEssentials
import Glibc
import Protocol
import ServiceSettings

/// What the terminal can show.
enum Terminal {
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    private static let coloured = outputIsTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    /// The text in bold where the output is a terminal.
    static func bold(_ text: String) -> String { coloured ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    /// The text in green or red where the output is a terminal.
    static func marked(_ text: String, good: Bool) -> String {
        coloured ? "\u{1b}[\(good ? 32 : 31)m\(text)\u{1b}[0m" : text
    }
}

/// Columns for people: the first to the left, the others to the right.
struct Table {
    private var rows: [[String]] = []

    init(_ titles: [String]) { rows = [titles] }

    mutating func add(_ row: [String]) { rows.append(row) }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.enumerated().map { index, row in
            let line = zip(row, widths).enumerated().map { column, cell in
                let fill = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + fill : fill + cell.0
            }.joined(separator: "  ")
            return index == 0 ? Terminal.bold(line) : line
        }.joined(separator: "\n")
    }
}

/// A progress bar on standard error, shown on a terminal once the work has taken a second.
struct ProgressBar {
    private let title: String
    private let total: Double
    private let started = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    /// - Parameter total: what `advance` ends at, in any unit; 0 or less if that is not known.
    init(_ title: String, total: Double) {
        self.title = title
        self.total = total
    }

    mutating func advance(to done: Double) {
        let now = ContinuousClock.now
        guard Terminal.errorIsTerminal, total > 0, now - started > .seconds(1),
            drawn.map({ now - $0 > .milliseconds(100) }) ?? true
        else { return }
        drawn = now
        let part = min(done / total, 1)
        let seconds = (now - started) / .seconds(1)
        let left = part > 0 ? Int(seconds / part - seconds) : 0
        let done = max(0, min(30, Int(part * 30)))
        let bar = String(repeating: "#", count: done) + String(repeating: ".", count: 30 - done)
        show("\r\(title) [\(bar)] \(Int(part * 100)) %, \(left / 60) min \(left % 60) s left \u{1b}[K")
    }

    /// Removes the bar.
    func finish() {
        if drawn != nil { show("\r\u{1b}[K") }
    }

    private func show(_ text: String) { StandardError.write(Array(text.utf8)) }
}

extension Double {
    /// With so many decimals.
    func formatted(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }

    /// A probability with as many decimals as tell it from 1 to two digits, and at least three: 0.926, 0.999950.
    var thresholdText: String { formatted(self < 1 ? max(3, Int((-log10(1 - self)).rounded(.up)) + 1) : 3) }

    /// Seconds as hours, minutes and seconds.
    var clockText: String {
        let seconds = Int(exactly: rounded(.down)) ?? 0
        return String(format: "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// As a percentage with one decimal.
    var percent: String { "\((self * 100).formatted(1)) %" }
}

extension Timestamp {
    /// Hours, minutes and seconds where the user is.
    var localClock: String {
        var seconds = time_t(millisecondsSince1970 / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
    }
}
