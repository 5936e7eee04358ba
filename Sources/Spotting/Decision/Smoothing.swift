/// Over which of the last windows a score goes, the first network's and the second's alike.
///
/// A word's score is the log-odds of its posterior's mean over the last `hops`, or, where that is more, of its mean over the
/// last `earlyHops` of them, less `earlyMargin`: a word that is far over its threshold need not wait for the rest.
package struct Smoothing: Sendable, Equatable {
    package let hops: Int
    /// Less than `hops`; 0 for none.
    package let earlyHops: Int

    /// In log-odds. In 15 hours of calibration recordings this gave commands 2 % more false alarms than deciding on nothing early,
    /// wake words none, and missed no more of either; 2 gave 3 % (and 6 % on others), and with 3 wake words came 50 ms later.
    static let earlyMargin: Float = 2.5

    package init(hops: Int, earlyHops: Int = 0) {
        precondition((1...32).contains(hops) && (0..<hops).contains(earlyHops))
        (self.hops, self.earlyHops) = (hops, earlyHops)
    }
}

extension DecisionPolicy {
    /// Early is as many hops as make a majority, and never one alone. With a delay nothing is early: it waits for the peak.
    package var smoothing: Smoothing {
        let early = max(2, majorityHops)
        return Smoothing(hops: smoothingHops, earlyHops: delayHops == 0 && early < smoothingHops ? early : 0)
    }
}
