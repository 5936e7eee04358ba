/// Which of a device's channels are listened to.
public enum ChannelPolicy: Sendable, Equatable {
    /// The mean of all channels.
    case mix
    /// One channel, counted from 0, and nothing of the others.
    case channel(Int)

    /// Channel counts to ask for, the best first.
    var preferredChannels: [Int] {
        switch self {
        case .mix: [1, 2]
        // Asking a plug PCM for one channel gets the mean of the hardware's two, so a single channel is asked for out
        // of two.
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
