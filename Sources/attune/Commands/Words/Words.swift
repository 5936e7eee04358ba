import ArgumentParser

/// Words: those of the model, and those of one's own.
struct Words: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what can be heard; take words of your own along, try them, and have them forgotten.",
        discussion: """
            A word of your own is taught with attune enroll, and kept in the daemon's state directory. To have it on another
            machine, where the same model listens:

              attune words export "hey pantry" pantry.word
              attune words install pantry.word         on the other one; it is heard from then on

            Without a subcommand, the words are listed.
            """,
        subcommands: [ListWords.self, InstallWord.self, ExportWord.self, TestWord.self, RemoveWord.self],
        defaultSubcommand: ListWords.self)

    /// A change of words takes as long as two models hear side by side, and longer while words never cease.
    static let patience = Duration.seconds(45)
}
