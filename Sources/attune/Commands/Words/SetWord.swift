import ArgumentParser
import Protocol

/// Less or more of a word.
struct SetWord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a word's threshold, or whether it is listened for, at once and until it is reset.",
        discussion: """
            It goes before the configuration, is kept over a reload, and over a restart where the daemon has a state directory.

              attune set left --threshold 0.98     fewer false alarms, more misses
              attune set bird --enabled no
              attune set left --reset              as the configuration says
            """)
    @Argument(help: "The word, as words lists it.")
    var word: String
    @Option(help: "How sure it must be, 0 to 1.")
    var threshold: Double?
    @Option(help: "Whether it is listened for: yes or no.")
    var enabled: Answer?
    @Flag(help: "Forget what was set before; what is given beside it is set then.")
    var reset = false
    @OptionGroup var connection: DaemonConnection

    enum Answer: String, ExpressibleByArgument, CaseIterable { case yes, no }

    func validate() throws {
        guard threshold != nil || enabled != nil || reset else {
            throw ValidationError("say what to set: --threshold 0.98, --enabled no, or --reset")
        }
        guard threshold.map((0...1).contains) ?? true else { throw ValidationError("--threshold is from 0 to 1") }
    }

    func run() async throws {
        let change = WordChange(
            name: word, threshold: threshold, isEnabled: enabled.map { $0 == .yes }, resets: reset)
        let answer = try await connection.answer(to: .setWord(change))
        guard !connection.json, case .setWord(let set) = answer.content else { return print(answer.line) }
        let word = set.word
        let state = word.isEnabled ? "counts from \(word.threshold.formatted(6)) on" : "is not listened for"
        let length = set.kept ? "also over a restart" : "until a restart"
        print("\(word.keyword) \(state), \(word.configured == nil ? "as it is configured" : length)")
    }
}
