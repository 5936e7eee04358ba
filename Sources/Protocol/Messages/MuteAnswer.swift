/// The answer to `mute` and `unmute`: what is so from now on.
public struct MuteAnswer: SocketMessage, Equatable {
    public static let type = "mute"

    public var muted: Bool

    public init(muted: Bool) {
        self.muted = muted
    }

    public func addFields(to line: inout JSONLine) {
        line.add("muted", muted)
    }
}
