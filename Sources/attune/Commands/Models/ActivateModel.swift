import ArgumentParser
import Protocol

/// Has another model take over in the running daemon.
struct ActivateModel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "Have the running daemon go over to another version, without a gap.",
        discussion: """
            The model is checked, hears its own clip, then the microphone beside the present one for a moment, and takes over
            between two windows. If anything of this fails, the present one stays. A restart of the daemon goes back to
            model.path of the configuration.
            """)
    @Argument(help: "Version of the model, as attune models lists it.")
    var version: String
    @Option(help: "Name of the model. (default: that of the present one)")
    var name: String?
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let choice = ModelChoice(name: name, version: version)
        let answer = try await connection.answer(to: .activate(choice), timeout: .seconds(30))
        guard !connection.json, case .activate(let result) = answer.content else { return print(answer.line) }
        print(
            "\(Terminal.marked("active", good: true)): \(result.model) \(result.modelVersion), after \(result.previousVersion)"
        )
    }
}
