import ArgumentParser
import Protocol

/// Closes the microphone.
struct Mute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Close the microphone until unmute.",
        discussion: """
            The device is closed, so that nothing can be heard and other programs can have it. A reload leaves it closed, and so
            does a restart of the daemon where it has a state directory.

              attune mute --minutes 60 --reason "guests"
            """)
    @OptionGroup var connection: DaemonConnection
    @Option(help: "Open it again after so many minutes, at most a week. (default: not before unmute)")
    var minutes: Int?
    @Option(help: "Why, for those who ask for the status.")
    var reason: String?

    func validate() throws {
        guard minutes.map({ (1...10_080).contains($0) }) ?? true else {
            throw ValidationError("--minutes is a whole number from 1 to 10080, a week")
        }
    }

    func run() async throws {
        let terms = MuteTerms(seconds: minutes.map { $0 * 60 }, reason: reason)
        try await connection.control(.mute(terms), done: "the microphone is closed")
    }
}

/// Opens it again.
struct Unmute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Open the microphone again.")
    @OptionGroup var connection: DaemonConnection

    func run() async throws { try await connection.control(.unmute, done: "the microphone is opened") }
}
