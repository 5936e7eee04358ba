import ArgumentParser
import Protocol

/// Closes the microphone.
struct Mute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Close the microphone until unmute.",
        discussion: """
            The device is closed, so that nothing can be heard and other programs can have it. A reload leaves it closed, and so
            does a restart of the daemon where it has a state directory.
            """)
    @OptionGroup var connection: DaemonConnection

    func run() async throws { try await connection.control(.mute, done: "the microphone is closed") }
}

/// Opens it again.
struct Unmute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Open the microphone again.")
    @OptionGroup var connection: DaemonConnection

    func run() async throws { try await connection.control(.unmute, done: "the microphone is opened") }
}
