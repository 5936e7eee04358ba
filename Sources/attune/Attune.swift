import ArgumentParser
import ServiceSettings

@main
struct Attune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attune",
        abstract: "Follow and ask a running attuned, and use its ears on recordings.",
        discussion: """
            Examples:
              attune watch                      print keywords as they are heard
              attune on alexa -- aplay yes.wav  run a command whenever a word is heard
              attune status                     what the daemon does now
              attune predict yes.wav            which word is in a clip
              attune spot --json talk.flac      every keyword in a recording, one JSON object a line
              attune tune --max-false-alarms 0.5 recordings     thresholds for your own voice
              attune enroll "hey pantry"        teach a word of your own
              attune words                      what can be heard, your own words among it
              attune devices                    microphones that can be opened

            Every command takes --help. Results go to standard output, progress and errors to standard error; exit codes
            follow sysexits.h.
            """,
        version: attunedVersion,
        subcommands: [
            Watch.self, On.self, Status.self, Health.self, Metrics.self, SelfTestCommand.self, AudioCommand.self,
            Mute.self,
            Unmute.self, SetWord.self, Right.self, Wrong.self, Missed.self, Learn.self, Predict.self, Spot.self,
            Evaluate.self, Tune.self, Devices.self, Models.self, Words.self, Enroll.self, Bench.self,
        ])

    static func main() async {
        StandardOutput.checkAtExit()
        StandardOutput.endWithReader()
        await main(nil)
    }
}
