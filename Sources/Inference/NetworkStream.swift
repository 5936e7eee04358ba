import Models

/// A network running over one stream of feature frames: all that it remembers of it.
///
/// A window ends every `hopFrames`; the first when `window.frames` frames have come. The logits of a window are the same
/// to the last bit whether the stream came frame by frame or at once.
///
/// One thread at a time; no allocation after `init`.
public final class NetworkStream {
    /// The network of this stream.
    public var network: Network { batch.network }
    private let batch: NetworkBatch
    let convolutions: ConvolutionStack.Memory
    let lanes: RecurrentLanes.Memory
    /// Those that `batch` is to compute.
    var frames: UnsafePointer<Float>?

    /// - Parameter batch: of the thread that hears; it may have the streams that it shares computed together.
    public init(on batch: NetworkBatch) {
        self.batch = batch
        let description = batch.network.description
        convolutions = ConvolutionStack.Memory(description.network, maximumFrames: batch.maximumFrames)
        lanes = RecurrentLanes.Memory(description)
    }

    /// A stream that is computed by itself; see ``NetworkBatch``.
    public convenience init(_ network: Network, maximumFrames: Int = 8, path: ComputePath = .best) {
        self.init(on: NetworkBatch(network, maximumFrames: maximumFrames, path: path))
    }

    /// Forgets the stream: the next frame is the first of a new one.
    ///
    /// - Parameter windows: how many windows of it are wanted, if not all: no more are given, and those not wanted cost
    ///   nothing in the LSTM.
    public func reset(windows: Int = .max) {
        convolutions.reset()
        lanes.reset(windows: windows)
    }

    /// What it remembers of the stream, to go on from there.
    public func snapshot() -> StreamSnapshot {
        var snapshot = StreamSnapshot()
        convolutions.save(to: &snapshot)
        lanes.save(to: &snapshot)
        return snapshot
    }

    /// Goes on where a stream of the same network was; all windows are wanted from there on.
    public func restore(_ snapshot: StreamSnapshot) {
        var reader = StreamSnapshot.Reader(snapshot)
        convolutions.restore(from: &reader)
        lanes.restore(from: &reader)
    }

    /// Takes frames of features, and calls `body` for each window that they complete.
    ///
    /// - Parameters:
    ///   - frames: `[count][coefficients]`.
    ///   - body: gets the logits, one a word, valid during the call.
    public func process(
        _ frames: UnsafePointer<Float>, count: Int, _ body: (_ logits: UnsafeBufferPointer<Float>) -> Void
    ) {
        let coefficients = network.description.frontEnd.coefficients
        var done = 0
        while done < count {
            let part = min(batch.maximumFrames, count - done)
            batch.add(self, frames + done * coefficients)
            batch.run(count: part) { _, logits in body(logits) }
            done += part
        }
    }

    /// How much each step of the latest window counted for its result: `[windowSteps]`, sum 1. Valid during the `body`
    /// that gets its logits.
    public var attention: UnsafeBufferPointer<Float> { batch.attention }

    /// What the latest window is to the words' layers: the states of the LSTM that each head attends to, and the last one,
    /// `[heads + 1][units]`. Valid during the `body` that gets its logits.
    public var embedding: UnsafeBufferPointer<Float> { batch.embedding }
}
