import ArgumentParser
import Evaluation
import Protocol

/// How the model beside the active one compares with it.
struct CompareModels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Say which model is better for which word: the daemon's, or the one of model.shadow beside it.",
        discussion: """
            Both hear the same audio since the daemon started. Nobody tells what was spoken, so what followed is the judge: a
            word that was acted on (a command after a wake word, a wake word before a command) was meant. Where only one
            model heard a word, it was right if the word was acted on, and the other one if not. A model is called better
            when its part of these cases is over a half with 95 % confidence (Wilson's interval).
            """)
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let answer = try await connection.answer(to: .metrics)
        guard case .metrics(let metrics) = answer.content else { return print(answer.line) }
        guard let shadow = metrics.shadow else {
            complain(
                "no model hears beside the active one; set model.shadow in the configuration and restart the daemon")
            throw Exit.badConfiguration
        }
        var table = Table(["word", "both", "active only", "shadow only", "shadow right", "95 %", ""])
        var total = ShadowReport.Word()
        for (word, count) in shadow.words.sorted(by: { $0.key < $1.key }) {
            total.agreed += count.agreed
            total.activeOnly += count.activeOnly
            total.shadowOnly += count.shadowOnly
            total.forActive += count.forActive
            total.forShadow += count.forShadow
            guard count.agreed + count.activeOnly + count.shadowOnly > 0 else { continue }
            report(word, count, to: &table)
        }
        report("all", total, to: &table)
        guard !connection.json else { return }
        print("shadow: \(shadow.model) \(shadow.modelVersion)\n\(table.text)")
        if let active = shadow.activeLatencyMeanMilliseconds, let shadow = shadow.shadowLatencyMeanMilliseconds {
            print(
                "decided \(active.formatted(0)) ms (active) and \(shadow.formatted(0)) ms (shadow) after the word, on average"
            )
        }
    }

    private func report(_ word: String, _ count: ShadowReport.Word, to table: inout Table) {
        let judged = count.forActive + count.forShadow
        let part = Interval.wilson(Double(count.forShadow), of: Double(judged))
        let verdict = part.lower > 0.5 ? "shadow" : part.upper < 0.5 ? "active" : "open"
        guard connection.json else {
            let interval = judged == 0 ? "" : "\(part.lower.percent) to \(part.upper.percent)"
            let right = judged == 0 ? "" : "\(count.forShadow) of \(judged)"
            return table.add([
                word, "\(count.agreed)", "\(count.activeOnly)", "\(count.shadowOnly)", right, interval,
                verdict == "open" ? "" : "\(verdict) is better",
            ])
        }
        var line = JSONLine()
        line.add("word", word)
        line.add("agreed", count.agreed)
        line.add("active_only", count.activeOnly)
        line.add("shadow_only", count.shadowOnly)
        line.add("for_active", count.forActive)
        line.add("for_shadow", count.forShadow)
        line.add("shadow_right_low", part.lower.rounded(decimals: 4))
        line.add("shadow_right_high", part.upper.rounded(decimals: 4))
        line.add("better", verdict)
        print(line.text)
    }
}
