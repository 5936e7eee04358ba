import ArgumentParser
import Capture
import Protocol

/// Microphones that can be opened.
struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the devices that can be captured from.",
        discussion: "The name in the first column is what capture.device in the configuration takes.")

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func run() throws {
        let devices = DeviceList().devices
        for device in devices {
            if json {
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
}
