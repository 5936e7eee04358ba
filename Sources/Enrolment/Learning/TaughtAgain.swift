import Models
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
        let taught: OwnWord
        do {
            taught = try enrolment.teachAgain(name, known, takes: takes + new) { take, reason in
                refused.insert(take.name)
                if new.contains(where: { $0.name == take.name }) { problem = problem ?? reason }
            }
        } catch {
            throw Problem(description: problem.map { "\(error); of one sound: \($0)" } ?? "\(error)")
        }
        guard new.contains(where: { !refused.contains($0.name) }) else { throw problem ?? .unlikeOthers }
        word = taught
        added = new.reversed().filter { !refused.contains($0.name) }
    }
}
