import ArgumentParser
import Protocol

/// Whether the daemon would hear a word now.
struct SelfTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Have the running daemon hear a known clip, and say whether it did.",
        discussion: """
            The clip of the model goes through the live pipeline beside the microphone's audio, at its pace, as the device \
            would write it: it is heard only if audio flows, conversion and mix leave something of it, and the listening \
            thread, the network and the socket work. Other readers get no event of it. The exit code is 0 only if the word was detected.

              attune selftest                 # the model's own clip
              attune selftest "hey pantry"    # a word of your own, by its takes
            """)
    @Argument(
        help:
            "A word of your own: up to three of the takes that it was taught with are heard instead of the model's clip."
    )
    var name: String?
    @OptionGroup var connection: DaemonConnection

    func run() async throws {
        let answer = try await connection.answer(to: .selfTest(name: name), timeout: .seconds(30))
        guard case .selfTest(let result) = answer.content else { return print(answer.line) }
        if connection.json {
            print(answer.line)
        } else if let confidence = result.confidence, let latency = result.latencyMilliseconds {
            print(
                "\(Terminal.marked("heard", good: true)) \"\(result.keyword)\", \((confidence * 100).formatted(1)) % sure, "
                    + "\(latency.formatted(0)) ms after the word")
        } else {
            print(
                "\(Terminal.marked("not heard", good: false)): \"\(result.keyword)\"; capture.channel names a channel without sound, or "
                    + (name == nil
                        ? "the model or its clip is damaged: see `attune status`" : "its takes differ: teach it again"))
        }
        if !result.detected { throw Exit.unhealthy }
    }
}
