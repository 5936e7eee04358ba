import ArgumentParser
import Protocol

/// Words that the daemon knows.
struct ListWords: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the words that the daemon knows, your own first.",
        discussion: "Exit code 65 if one that was taught cannot be heard.")
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let answer = try await connection.answer(to: .ownWords(.list))
        guard case .words(let known) = answer.content else { return print(answer.line) }
        if connection.json {
            print(answer.line)
        } else {
            var table = Table(["word", "kind", "", "threshold", "configured", "after"])
            for word in known.words.filter(\.isOwn) + known.words.filter({ !$0.isOwn }) {
                table.add([
                    word.keyword,
                    (word.isOwn ? "own " : "") + (word.isWakeWord ? "wake word" : "command")
                        + (word.isTakenFurther ? ", your takes" : ""),
                    word.isEnabled ? "" : "off", word.threshold.percent,
                    word.configured.map { $0.threshold.percent + ($0.isEnabled ? "" : ", off") } ?? "",
                    word.after.count > 3 ? "one of \(word.after.count)" : word.after.joined(separator: ", "),
                ])
            }
            print(table.text)
        }
        for problem in known.problems { complain("the word \(problem.name) is not heard: \(problem.reason)") }
        if !known.problems.isEmpty { throw Exit.badData }
    }
}

/// Forgets one.
struct RemoveWord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Have the daemon forget a word of your own, its takes among it.")
    @Argument(help: "Its name.")
    var name: String
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let answer = try await connection.answer(to: .ownWords(.remove(name: name)), timeout: Words.patience)
        print(connection.json ? answer.line : "\(name) is forgotten")
    }
}
