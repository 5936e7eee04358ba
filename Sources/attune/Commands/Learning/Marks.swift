import ArgumentParser
import Protocol

/// An event that was right.
struct Right: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the daemon that a word was said when it was heard.", discussion: Marks.discussion)
    @Argument(help: "Id of the event. (default: the last one)")
    var event: UInt64?
    @OptionGroup var connection: DaemonConnection

    func run() async throws { try await Marks.tell(.judge(event: event, .right), connection) }
}

/// An event that was wrong.
struct Wrong: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the daemon that nobody said the word that it heard.", discussion: Marks.discussion)
    @Argument(help: "Id of the event. (default: the last one)")
    var event: UInt64?
    @OptionGroup var connection: DaemonConnection

    func run() async throws { try await Marks.tell(.judge(event: event, .wrong), connection) }
}

/// A word that was not heard.
struct Missed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the daemon that you just said a word which it did not hear.",
        discussion:
            "The last ten seconds are searched for where the word came nearest to being heard. \(Marks.discussion)")
    @Argument(help: "The word.")
    var word: String
    @OptionGroup var connection: DaemonConnection

    func run() async throws { try await Marks.tell(.missed(name: word), connection) }
}

/// What the three of them share.
enum Marks {
    static let discussion = """
        What is marked is kept in the daemon's state directory, with its sound only where learn.keep is true in the \
        configuration. attune learn shows what can be learned from it, attune learn --forget deletes it.
        """

    static func tell(_ request: MarkRequest, _ connection: DaemonConnection) async throws {
        let answer = try await connection.answer(to: .mark(request), timeout: .seconds(20))
        guard !connection.json, case .mark(let mark) = answer.content else { return print(answer.line) }
        print("\(line(mark))\(mark.hasAudio ? "" : "; its sound is not kept")")
    }

    static func line(_ mark: Mark) -> String {
        "\(mark.timestamp.localClock)  \(mark.kind.rawValue.rightPadded(6))  \(mark.keyword.rightPadded(14))"
            + "score \(mark.score.formatted(1)), \(mark.thresholdScore.formatted(1)) needed"
    }
}
