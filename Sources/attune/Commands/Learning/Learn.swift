import ArgumentParser
import Protocol

/// What is learned from what was marked.
struct Learn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learn from what was marked with right, wrong and missed.",
        discussion: """
            Without an option it only shows what learning would change: how many of the sounds that were marked as wrong are \
            taken for the word, and how many of those in which it was said are heard, before and after. A word of your own is \
            taught again with what was missed beside its takes; a word of the model is taken further once three sounds \
            say how you say it. What would make a word worse is not learned. Sounds are kept only with learn.keep: true.

              attune wrong                    # nobody said what was just heard
              attune learn                    # what learning would change
              attune learn --apply            # and that counts from now on
              attune learn --undo             # as it was before the last time
              systemctl enable --now attune-learn.timer      # and every night
            """)

    enum Task: String, EnumerableFlag {
        case apply, undo, list, forget

        static func help(for task: Task) -> ArgumentHelp? {
            switch task {
            case .apply: "Have what is learned count from now on."
            case .undo: "Have what was learned before the last time count again."
            case .list: "List what was marked."
            case .forget: "Delete all marks, and the sound that is kept with them. What was learned stays."
            }
        }
    }

    @Flag var task: Task?
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        switch task {
        case .list, .forget: try await marks()
        case nil, .apply, .undo: try await learning()
        }
    }

    private func marks() async throws {
        let request = task == .forget ? MarkRequest.forget : .list
        let answer = try await connection.answer(to: .mark(request), timeout: .seconds(20))
        guard !connection.json, case .marks(let kept) = answer.content else { return print(answer.line) }
        if task == .forget { return print("all marks are deleted") }
        for mark in kept.marks { print("\(Marks.line(mark))\(mark.hasAudio ? "  with sound" : "")") }
        if kept.marks.isEmpty { complain("nothing is marked") }
        if !kept.keepsSound {
            complain("the sound of what is marked is not kept; learn.keep: true in the configuration has it kept")
        }
    }

    private func learning() async throws {
        let request = task == .undo ? MarkRequest.unlearn : .learn(apply: task == .apply)
        // As long as the daemon itself waits for it.
        let answer = try await connection.answer(to: .mark(request), timeout: .seconds(920))
        guard !connection.json, case .learning(let learned) = answer.content else { return print(answer.line) }
        if task == .undo { return print("undone; \(sounds(learned.corrections)) known to be no word") }
        if learned.words.isEmpty {
            return complain(
                "no sound is kept of what was marked; set learn.keep: true in the configuration, and mark again")
        }
        print("".rightPadded(16) + "wrong, taken for it".rightPadded(24) + "said, heard")
        for word in learned.words {
            let wrong = "\(word.wrong), \(word.wrongBefore) -> \(word.wrongAfter)"
            let said = "\(word.said), \(word.saidBefore) -> \(word.saidAfter)"
            let taught = word.isTaughtAgain ? "   taught again" : ""
            let refused = word.refused.map { "   \($0)" } ?? ""
            print(word.keyword.rightPadded(16) + wrong.rightPadded(24) + said + taught + refused)
        }
        print(
            learned.isApplied
                ? "\(sounds(learned.corrections)) known to be no word from now on; attune learn --undo takes it back"
                : "attune learn --apply has it count")
    }

    private func sounds(_ count: Int) -> String { count == 1 ? "1 sound is" : "\(count) sounds are" }
}
