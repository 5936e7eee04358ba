/// One fake microphone.
public struct FakeDevice: Sendable {
    /// What the microphone can be told while it runs; FakeMicrophone.c says what each does.
    public enum Command: String, Sendable {
        case xrun, suspend, lie, hang, vanish, error, block
        case comeBack = "return"
    }

    /// Its PCM name.
    public let name: String
    /// The raw sound it plays.
    public let soundPath: String
    /// The file that it takes commands from.
    public let controlPath: String

    /// Tells the microphone something; it obeys within a period.
    public func tell(_ command: Command) {
        FakeDevices.write(command.rawValue + "\n", to: controlPath, append: true)
    }

    /// Has its clock go at this speed against the real one, from a period later on.
    public func tell(speed: Double) { FakeDevices.write("speed \(speed)\n", to: controlPath, append: true) }
}
