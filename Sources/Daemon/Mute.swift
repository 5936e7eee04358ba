import Protocol

/// That the microphone is closed on request: until when and why, as far as somebody said so.
package struct Mute: Sendable, Equatable {
    package var until: Timestamp?
    package var reason: String?

    package init(until: Timestamp? = nil, reason: String? = nil) {
        self.until = until
        self.reason = reason
    }

    init(_ terms: MuteTerms, from now: Timestamp) {
        until = terms.seconds.map {
            Timestamp(millisecondsSince1970: now.millisecondsSince1970 + 1000 * Int64($0))
        }
        reason = terms.reason.flatMap { $0.isEmpty ? nil : $0 }
    }

    func isOver(at now: Timestamp) -> Bool { until.map { $0 <= now } ?? false }

    /// Two lines of text, either of which may be empty: until when, and why.
    init(text: String) {
        let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        until = lines.first.flatMap { Timestamp(String($0)) }
        reason = lines.dropFirst().first.flatMap { $0.isEmpty ? nil : String($0) }
    }

    var text: String { "\(until?.description ?? "")\n\(reason ?? "")" }
}
