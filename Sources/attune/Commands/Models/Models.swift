import ArgumentParser

/// Models: which there are, and which one is used.
struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, install, compare and activate models.",
        discussion: """
            A model lies in a folder <name>/<version>; model.path in the configuration names the one that the daemon starts
            with. To try another one:

              attune models install downloads/commands      checked, and copied to where the daemon finds it
              model: {shadow: /usr/local/share/attuned/models/commands/1.2.0}      it hears beside the first; restart
              attune models compare                         which of the two is better for which word
              attune models activate 1.2.0                  it takes over, without a gap

            Without a subcommand, the models are listed.
            """,
        subcommands: [ListModels.self, InstallModel.self, CompareModels.self, ActivateModel.self],
        defaultSubcommand: ListModels.self)
}
