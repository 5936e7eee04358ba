/// When to ping the service manager's watchdog: only on real progress since the last ping, and often enough.
package struct Watchdog {
    /// What has advanced, as counts.
    package struct Progress: Sendable, Equatable {
        /// Feature frames, and runs of the network.
        package var frames: UInt64 = 0
        package var inferences: UInt64 = 0
        /// Rounds of the microphone's and of the listening thread.
        package var microphoneRounds = 0
        package var listeningRounds = 0
        /// Rounds of the threads that hand events out.
        package var publisherRounds = 0
        package var serverRounds = 0
        /// There is nothing to hear: muted, or the device is away and looked for, or its next long period is not complete.
        package var isIdle = false

        package init() {}

        /// Events must be handed out. While there is audio it must be searched; else both threads must still answer.
        func hasAdvanced(since before: Progress) -> Bool {
            guard publisherRounds > before.publisherRounds, serverRounds > before.serverRounds else { return false }
            if frames > before.frames, inferences > before.inferences { return true }
            return isIdle && microphoneRounds > before.microphoneRounds && listeningRounds > before.listeningRounds
        }
    }

    private let interval: Duration?
    private var last = Progress()
    private var lastPing: Int64?

    /// - Parameter interval: what the service manager waits for; nil if it does not watch.
    package init(interval: Duration?) { self.interval = interval }

    package mutating func shouldPing(_ progress: Progress, now: Int64) -> Bool {
        guard let interval, progress.hasAdvanced(since: last) else { return false }
        // A third of what is asked for, so that one late ping does no harm.
        if let lastPing, Duration.nanoseconds(now - lastPing) < interval / 3 { return false }
        (last, lastPing) = (progress, now)
        return true
    }
}
