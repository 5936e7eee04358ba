import Features
import Inference
import Models
import Time

/// What all streams of one model that are heard on one thread can share: memory and tables that hold nothing of a stream, and
/// how every stream begins. One thread.
public final class Workbench {
    public let model: Model
    let transform: CepstralTransform
    /// A frame of features of digital silence.
    let silence: [Float]
    /// What a frame is longer than its shift, in samples of silence.
    let leadIn: [Float]
    /// The first network, when all of its first window but the last hop was silence.
    let beginning: StreamSnapshot
    /// The first network at work, for as many streams at once as one hears.
    let batch: NetworkBatch
    /// The second network, which keeps nothing from one question to the next.
    let second: WindowReader?
    /// For each label the numbers of its corrections among those that `second` knows.
    let corrections: [[Int]]
    /// Of the words that the model was taught; nil if there are none.
    let heads: WordHeads?

    /// - Parameter streams: how many are heard together at most; see ``hear(_:_:)``.
    public init(_ model: Model, streams: Int = 1, path: ComputePath = .best) {
        self.model = model
        let description = model.description
        let transform = CepstralTransform(description.frontEnd)
        let silence = transform.silence
        (self.transform, self.silence) = (transform, silence)
        leadIn = Array(
            repeating: 0, count: max(0, description.frontEnd.frameSamples - description.frontEnd.shiftSamples))
        batch = NetworkBatch(
            model.network, streams: streams, maximumFrames: description.window.hopFrames, path: path)
        let stream = NetworkStream(on: batch)
        for _ in description.window.hopFrames..<description.window.frames {
            silence.withUnsafeBufferPointer { stream.process($0.baseAddress!, count: 1) { _ in } }
        }
        beginning = stream.snapshot()
        second = model.second.map {
            WindowReader($0, taught: description.taught, corrections: description.corrections, path: path)
        }
        corrections = description.labels.map { label in
            description.corrections.indices.filter { description.corrections[$0].word == label }
        }
        heads = WordHeads(description.taught.map { ($0.first.weights, $0.first.bias) }, on: model.network, path: path)
        ready.reserveCapacity(streams)
    }

    /// The next samples of one stream.
    public struct Piece {
        let spotter: Spotter
        let samples: UnsafeBufferPointer<Float>
        /// Those that it has not taken.
        fileprivate var rest: UnsafeBufferPointer<Float>

        /// - Parameters:
        ///   - spotter: of this workbench.
        ///   - samples: as for `Spotter.process`; they must stay there until they are heard.
        public init(_ spotter: Spotter, _ samples: UnsafeBufferPointer<Float>) {
            (self.spotter, self.samples, rest) = (spotter, samples, samples)
        }
    }

    /// Hears pieces of different streams together: as if one were heard after the other, to the last bit, but the network's
    /// weights are read once for as many as the workbench was made for.
    ///
    /// - Parameter body: gets the place of the piece, and what it completes, see `Spotter.process`.
    public func hear(_ pieces: inout [Piece], _ body: (_ place: Int, Detection) -> Void) {
        var isDone = false
        while !isDone {
            isDone = true
            for place in pieces.indices where pieces[place].spotter.completesHop(&pieces[place].rest) {
                isDone = false
                pieces[place].spotter.addHop()
                ready.append(place)
                if batch.isFull { run(pieces, body) }
            }
            run(pieces, body)
        }
        for piece in pieces { piece.spotter.count(piece.samples) }
    }

    /// The pieces whose hops are complete and wait for the network.
    private var ready: [Int] = []

    private func run(_ pieces: [Piece], _ body: (_ place: Int, Detection) -> Void) {
        guard !ready.isEmpty else { return }
        let started = MonotonicClock.seconds()
        var computed = started
        batch.run(count: model.description.window.hopFrames) { place, logits in
            if computed == started { computed = MonotonicClock.seconds() }
            pieces[ready[place]].spotter.decide(logits, seconds: (computed - started) / Double(ready.count)) {
                body(ready[place], $0)
            }
        }
        ready.removeAll(keepingCapacity: true)
    }
}
