import Protocol
import Time

/// Audio on its way to one reader: what of it was sent, and where it ends.
///
/// It sends only what the reader takes, and asks the daemon piece by piece, so that neither a long request nor a slow
/// reader costs memory.
struct AudioTransfer {
    /// What to do next.
    enum Step {
        case send(AudioMessage)
        /// There is no more for now.
        case wait
        /// The last message.
        case finish(AudioMessage)
        case fail(ErrorMessage)
    }

    /// Half a second: 21 KiB as base64.
    static let pieceSamples = 8000
    /// What is heard live is sent so much at a time, at least.
    static let livePieceSamples = 800

    let id: RequestID?
    private var position: UInt64
    private let end: UInt64?

    init(id: RequestID?, from position: UInt64, milliseconds: Int?) {
        self.id = id
        self.position = position
        end = milliseconds.map { position + UInt64($0 * SampleRate.perMillisecond) }
    }

    mutating func next(from source: any EventSource) -> Step {
        let left = end.map { Int(clamping: $0 - position) } ?? Self.pieceSamples
        guard left > 0 else { return .finish(AudioMessage(startSample: position, samples: [], isEnd: true)) }
        let wanted = min(left, Self.pieceSamples)
        switch source.audio(from: position, count: wanted) {
        case .samples(let samples):
            guard samples.count >= min(wanted, Self.livePieceSamples) else { return .wait }
            defer { position += UInt64(samples.count) }
            return .send(AudioMessage(startSample: position, samples: samples))
        case .notYet: return .wait
        case .forgotten(let oldest):
            return .fail(
                ErrorMessage(
                    .failed,
                    "the audio from sample \(position) on is no longer kept, the oldest is \(oldest); raise "
                        + "capture.keep_seconds, or read faster"))
        case .off:
            return .fail(ErrorMessage(.failed, "the daemon keeps no audio; set capture.keep_seconds"))
        }
    }
}
