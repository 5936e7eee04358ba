import Enrolment
import HTTPTypes
import Models
import Protocol

/// Judges takes of a word and makes a word of them, with the model that recordings are recognised with. Any thread.
final class WordTeacher: Sendable {
    private let recognizer: Recognizer
    /// It takes a processor for seconds.
    private let places = Allotment(total: 1, perClient: 1)

    /// The takes of a word, as they come.
    struct Takes: Sendable {
        fileprivate var serving: [Take] = []
        fileprivate var leftOut: [(name: String, reason: String)] = []
        var count: Int { serving.count + leftOut.count }
    }

    /// A word, and what to say of it.
    struct Taught: Sendable {
        let file: OwnWordFile
        let line: JSONLine
    }

    init(_ recognizer: Recognizer) { self.recognizer = recognizer }

    /// - Throws: ``Problem`` if a word cannot be called so: 422 with the reason.
    func check(name: String) throws(Problem) {
        do throws(OwnWordError) {
            _ = try OwnWordName.checked(name)
        } catch {
            throw Problem(.unprocessableContent, "\(error)")
        }
    }

    /// Says whether a recording serves as a take, and if not, why.
    ///
    /// - Parameter name: of the word; nil if that is not known yet.
    /// - Throws: ``Problem`` if it is no recording, or this model learns no words.
    func judge(_ upload: Upload, of name: String?, for client: String) async throws -> JSONLine {
        try await recognizer.hear(upload, longestSeconds: Take.longestRecordingSeconds, for: client) { model, samples in
            var line = JSONLine()
            do {
                let enrolment = try Enrolment(model)
                let take = try Take(name: upload.name, samples: samples)
                try enrolment.judge(take, of: name ?? "")
                line.add("serves", true)
                line.add("level_dbfs", Double(take.levelDBFS).rounded(decimals: 1))
            } catch let problem as TakeProblem {
                line.add("serves", false)
                line.add("reason", "\(problem)")
            } catch {
                throw Problem(.conflict, "\(error)")
            }
            return line
        }
    }

    /// Adds a recording, or why it was left out.
    ///
    /// - Throws: ``Problem`` if it is no recording, or one too many.
    func add(_ upload: Upload, to takes: inout Takes, for client: String) async throws {
        guard takes.count < Enrolment.takes.upperBound else {
            throw Problem(
                .contentTooLarge, "more than \(Enrolment.takes.upperBound) takes; choose those that differ most")
        }
        let judged = try await recognizer.hear(
            upload, longestSeconds: Take.longestRecordingSeconds, for: client
        ) { _, samples in
            Result { () throws(TakeProblem) in try Take(name: upload.name, samples: samples) }
        }
        switch judged {
        case .success(let take): takes.serving.append(take)
        case .failure(let problem): takes.leftOut.append((upload.name, "\(problem)"))
        }
    }

    /// Makes a word of takes.
    ///
    /// - Throws: ``Problem``: 422 with the reason where they make none, 503 while another word is being taught.
    func teach(_ name: String, _ takes: Takes, isWakeWord: Bool, for client: String) async throws -> Taught {
        guard places.take(for: client) == .granted else {
            throw Problem.busy(.serviceUnavailable, "another word is being taught; try again", retryAfterSeconds: 10)
        }
        defer { places.give(of: client) }
        return try await recognizer.work(for: client) { [recognizer] in
            var leftOut = takes.leftOut
            do {
                let result = try Enrolment(recognizer.active.model).teach(
                    name, takes: takes.serving, isWakeWord: isWakeWord
                ) { leftOut.append(($0.name, "\($1)")) }
                let kept = takes.serving.enumerated().map { ($0.offset + 1, $0.element.wav) }
                return Taught(
                    file: OwnWordFile(result.word, takes: Dictionary(uniqueKeysWithValues: kept)),
                    line: Self.line(result, leftOut))
            } catch {
                let reasons = leftOut.map { " \($0.name): \($0.reason)." }.joined()
                throw Problem(.unprocessableContent, "\(error).\(reasons)")
            }
        }
    }

    private static func line(_ result: Enrolment.Result, _ leftOut: [(name: String, reason: String)]) -> JSONLine {
        let expected = result.expectation
        var line = JSONLine()
        line.add("name", result.word.name)
        line.add("takes", expected.takes)
        line.add("miss_rate", expected.missRate.rounded(decimals: 3))
        line.add("false_alarms_per_hour", expected.alarmsPerHour.rounded(decimals: 3))
        line.add("confused_with", expected.confusedWith)
        line.add("more_takes_would_help", expected.moreTakesWouldHelp)
        line.add(
            "left_out",
            leftOut.map { name, reason in
                var entry = JSONLine()
                entry.add("take", name)
                entry.add("reason", reason)
                return entry
            })
        return line
    }
}
