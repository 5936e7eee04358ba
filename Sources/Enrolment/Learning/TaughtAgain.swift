import Models
import Protocol
import Time

/// A word that is fitted again, to what was said and marked beside the takes that it was taught with. A word that only the model
/// knew is taken further by it.
public struct TaughtAgain: Sendable {
    public let word: OwnWord
    /// What it was fitted to beside those takes.
    public let added: [Take]

    /// Why it cannot be taught again, and what to do.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// The word ends shortly before it is decided on, half a second before a marked sound's end.
    private static let lastSamples = 24 * SampleRate.perSecond / 10

    /// Throws why it cannot be.
    ///
    /// - Parameters:
    ///   - known: as it was taught; nil for a word that only the model knows.
    ///   - said: what was marked; the latest last.
    ///   - takes: those that it was taught with, as far as they are kept.
    init(_ name: String, _ known: OwnWord?, said: [MarkedSound], takes: [Take], by enrolment: Enrolment) throws {
        guard known == nil || !takes.isEmpty else {
            throw Problem(
                description: "the takes that it was taught with are not kept; teach it again: attune enroll \"\(name)\""
            )
        }
        var new: [Take] = []
        var problem: TakeProblem?
        for sound in said.reversed() where takes.count + new.count < Enrolment.takes.upperBound {
            do throws(TakeProblem) {
                new.append(try Take(name: sound.mark, samples: Array(sound.samples.suffix(Self.lastSamples))))
            } catch {
                problem = problem ?? error
            }
        }
        if new.isEmpty, let problem { throw problem }
        var refused: Set<String> = []
        let result: Enrolment.Result
        do {
            result = try enrolment.teach(
                name, takes: takes + new, alarmsPerHour: Self.alarmsPerHour(of: known),
                refuse: { take, reason in
                    refused.insert(take.name)
                    if new.contains(where: { $0.name == take.name }) { problem = problem ?? reason }
                })
        } catch {
            throw Problem(description: problem.map { "\(error); of one sound: \($0)" } ?? "\(error)")
        }
        guard new.contains(where: { !refused.contains($0.name) }) else { throw problem ?? .unlikeOthers }
        var word = result.word
        if let known {
            (word.isWakeWord, word.after, word.isEnabled) = (known.isWakeWord, known.after, known.isEnabled)
            word.thresholdScore = known.thresholdScore
        }
        self.word = word
        added = new.reversed().filter { !refused.contains($0.name) }
    }

    /// What it was allowed when it was taught.
    private static func alarmsPerHour(of known: OwnWord?) -> Double {
        guard case .number(let rate)? = known?.card["false_alarms_per_hour"], (0.01...10).contains(rate) else {
            return Enrolment.alarmsPerHour
        }
        return rate
    }
}
