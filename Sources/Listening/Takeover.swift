import Models
import Spotting
import Synchronization
import Time

/// One model taking over from another between two windows: it hears beside it until it knows as much.
package final class Takeover: Sendable {
    package enum Outcome: UInt8, AtomicRepresentable {
        case pending, done, tooSlow, withdrawn
    }

    package let incoming: LiveModel
    /// For each label of the incoming model, its place among those of the one before.
    private let places: [Int?]
    private let result = Atomic<Outcome>(.pending)

    /// The listening thread's: samples heard, since when nothing was decided, and what the network took.
    nonisolated(unsafe) private var heard = 0
    nonisolated(unsafe) private var quiet = 0
    nonisolated(unsafe) private var processingSeconds = 0.0

    /// A word that one of the two has decided on, the other may be about to: so long nothing is exchanged, in samples.
    private static let quietSamples = SampleRate.perSecond
    /// Where words never cease, a pause between two of them must do: no decision of one model is on its way in the other.
    private static let longSamples = 8 * SampleRate.perSecond
    private static let pauseSamples = 6400
    /// Where there is not even that, it is exchanged all the same.
    private static let longestSamples = 10 * SampleRate.perSecond
    /// A model that takes more of its time than this could not keep up with the microphone on a busy machine.
    private static let mostOfTime = 0.5

    init(of incoming: LiveModel, from current: Model) {
        self.incoming = incoming
        let before = current.description.labels
        places = incoming.model.description.labels.map { before.firstIndex(of: $0) }
    }

    /// What became of it. Any thread.
    package var outcome: Outcome { result.load(ordering: .acquiring) }

    /// Hears beside the current model. On the listening thread.
    ///
    /// - Parameter hasDecided: whether the current model just decided on a word.
    /// - Returns: whether the moment has come to exchange them.
    func hear(_ samples: UnsafeBufferPointer<Float>, hasDecided: Bool) -> Bool {
        var isQuiet = !hasDecided
        let windows = incoming.spotter.windows
        incoming.spotter.process(samples) { if $0.outcome == .keyword { isQuiet = false } }
        processingSeconds += Double(incoming.spotter.windows - windows) * incoming.spotter.processingSeconds
        heard += samples.count
        quiet = isQuiet ? quiet + samples.count : 0
        return heard >= incoming.model.description.windowSamples && quiet >= Self.quietSamples
            || heard >= Self.longSamples && quiet >= Self.pauseSamples || heard >= Self.longestSamples
    }

    /// Whether the incoming model is fast enough for this machine. On the listening thread.
    var keepsUp: Bool { processingSeconds <= SampleRate.seconds(heard) * Self.mostOfTime }

    /// Tells the incoming model what was decided so far. On the listening thread.
    func inherit(from current: LiveModel) { incoming.spotter.inherit(from: current.spotter, places: places) }

    /// Settles what becomes of it, once and for all. Any thread.
    ///
    /// - Returns: whether it was not settled yet.
    package func settle(_ outcome: Outcome) -> Bool {
        result.compareExchange(expected: .pending, desired: outcome, ordering: .acquiringAndReleasing).exchanged
    }
}
