/// Which of a device's channels are listened to.
public enum ChannelPolicy: Sendable, Equatable {
    /// All channels, mixed so that none cancels another.
    case mix
    /// One channel, counted from 0, and nothing of the others.
    case channel(Int)

    /// Channel counts to ask for, the best first.
    var preferredChannels: [Int] {
        switch self {
        // Asking a plug PCM for one channel gets the mean of the hardware's two, in which opposite ones cancel before we see
        // them: two are asked for, to mix them here or to pick one.
        case .mix: [2, 1]
        case .channel(let index): [max(index + 1, 2), index + 1]
        }
    }

    /// The fewest channels that can serve.
    var minimumChannels: Int {
        switch self {
        case .mix: 1
        case .channel(let index): index + 1
        }
    }
}
