import ArgumentParser
import Capture
import Protocol

/// Microphones that can be opened.
struct Devices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the devices that can be captured from.",
        discussion: """
            The name in the first column is what capture.device in the configuration takes.

              attune devices --use plughw:CARD=Mic,DEV=0    the running daemon listens to it, at once and until it is reset
              attune devices --reset                        to that of the configuration
            """)

    @Option(help: "Have the running daemon listen to this device.")
    var use: String?
    @Flag(help: "Have the running daemon listen to the device of its configuration.")
    var reset = false
    @OptionGroup var connection: DaemonConnection

    func validate() throws {
        guard use == nil || !reset else { throw ValidationError("give --use or --reset, not both") }
    }

    func run() async throws {
        guard use == nil, !reset else { return try await choose() }
        let devices = DeviceList().devices
        for device in devices {
            if connection.json {
                var line = JSONLine()
                line.add("name", device.name)
                line.add("description", device.description)
                print(line.text)
            } else {
                print("\(Terminal.bold(device.name.rightPadded(32)))  \(device.description)")
            }
        }
        if devices.isEmpty {
            complain("there is no capture device; is a microphone plugged in, and are you in the group audio?")
            throw Exit.unavailable
        }
    }

    private func choose() async throws {
        let choice = use.map { DeviceChoice.named($0) } ?? .configured
        let answer = try await connection.answer(to: .setDevice(choice), timeout: .seconds(15))
        guard !connection.json, case .setDevice(let chosen) = answer.content else { return print(answer.line) }
        print("the daemon listens to \(chosen.device)\(reset || chosen.kept ? "" : ", until a restart")")
    }
}
